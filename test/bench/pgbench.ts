import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const DATABASE = 'bench_peer';
const CLIENTS = 32;

/** As little as an application can be: a row with a key, something unique, a text, a little JSON, and that it happened. */
const SCRIPT = `\\set a random(1, 9223372036854775807)
\\set b random(1, 9223372036854775807)
with entered as (
  insert into application (id, idempotency_hash, name, form)
  values (uuidv7(), sha256(int8send(:a) || int8send(:b)), 'Somebody From-Demo',
    '{"slots": ["weekday-morning", "weekend-evening"], "skills": ["driving", "first-aid"], "roles": ["sandbags"], "maxDistanceKm": 10, "language": "en", "channel": "email", "vehicle": true, "outwardCode": "OL1"}')
  returning id)
insert into journal (application_id, said) select id, 'submitted' from entered;
`;

/** The limit of the database itself, on the same server with the same settings, from the system's pgbench. */
export class Pgbench {
  private constructor(
    private readonly folder: string,
    private readonly url: string,
    private readonly administrator: string,
  ) {}

  static async prepare(administrator: string): Promise<Pgbench> {
    await run('pgbench', ['--version']).catch(() => {
      throw new Error('pgbench is missing, and with it the limit: install it (Debian: apt install postgresql-client)');
    });
    const url = new URL(administrator);
    await onServer(administrator, `drop database if exists ${DATABASE}`, `create database ${DATABASE}`);
    url.pathname = `/${DATABASE}`;
    await onServer(
      url.href,
      `create table application (id uuid primary key, idempotency_hash bytea not null unique, name text not null, form jsonb not null)`,
      `create table journal (seq bigint generated always as identity primary key, application_id uuid not null, said text not null,
         at timestamptz not null default clock_timestamp())`,
    );
    const folder = mkdtempSync(join(tmpdir(), 'muster-pgbench-'));
    writeFileSync(join(folder, 'peer.sql'), SCRIPT);
    return new Pgbench(folder, url.href, administrator);
  }

  /** Transactions a second: prepared, 32 clients. */
  async perSecond(seconds: number): Promise<number> {
    const { stdout } = await run('pgbench', [
      ...['--no-vacuum', '--protocol=prepared', `--client=${CLIENTS}`, '--jobs=2', `--time=${seconds}`],
      ...[`--file=${join(this.folder, 'peer.sql')}`, this.url],
    ]);
    if (!/number of failed transactions: 0 /.test(stdout)) throw new Error(`pgbench had failures:\n${stdout}`);
    const [, tps] = /tps = ([\d.]+)/.exec(stdout) ?? [];
    return Number(tps);
  }

  async end(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await onServer(this.administrator, `drop database if exists ${DATABASE} with (force)`);
  }
}

const onServer = async (url: string, ...statements: string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
};
