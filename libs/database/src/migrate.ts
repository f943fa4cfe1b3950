import { createHash, randomBytes, pbkdf2Sync, createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { LIMITS } from './limits.js';

/** Owns every table, so that an app's role can be kept to INSERT; nobody signs in as it. */
export const MIGRATION_ROLE = 'muster_migration';

export interface MigrationPlan {
  readonly schema: string;
  /** Holds NNN-name.up.sql and NNN-name.down.sql; `:"role"`, `:"schema"` and `:'schema'` in them name the plan's own. */
  readonly folder: URL;
  readonly role: string;
  readonly password?: string;
  /** Name of the folder in the record of applied files; default: the folder above `migrations`. */
  readonly source?: string;
}

export interface Migrated {
  readonly schema: string;
  readonly source: string;
  readonly name: string;
}

const LOCK = 7_238_194;
/** Several databases of one cluster share roles; each step is tried again when another database's migration was quicker. */
const SHARED_CONFLICTS = ['42710', '23505', 'XX000', '40001'];

/**
 * Brings every schema up to date, one file a transaction, under one lock; safe to run twice and by several at once.
 * @param o.url of an administrator
 * @throws when an applied file was changed since, or has disappeared
 */
export const migrate = (o: {
  url: string;
  plans: readonly MigrationPlan[];
  /** Roles beside the plans' own that grants may name. */
  roles?: readonly { role: string; password?: string }[];
}): Promise<Migrated[]> =>
  asAdministrator(o.url, async (client) => {
    const database = quoted(client.database ?? 'postgres');
    await prepareRoles(client, database, o.plans, o.roles ?? []);
    const done: Migrated[] = [];
    for (const plan of o.plans) done.push(...(await up(client, plan)));
    return done;
  });

/** Undoes the files of one plan after `to` (all of them without it), the newest first. */
export const rollBack = (o: { url: string; plan: MigrationPlan; to?: string }): Promise<Migrated[]> =>
  asAdministrator(o.url, async (client) => {
    const source = sourceOf(o.plan);
    const applied = await appliedIn(client, o.plan);
    const undone: Migrated[] = [];
    for (const name of [...applied.keys()].sort().reverse()) {
      if (o.to !== undefined && name <= o.to) break;
      await inTransaction(client, o.plan, async () => {
        await client.query(filled(await readFile(new URL(`${name}.down.sql`, folderOf(o.plan)), 'utf8'), o.plan));
        await client.query('delete from migration where source = $1 and name = $2', [source, name]);
      });
      undone.push({ schema: o.plan.schema, source, name });
    }
    return undone;
  });

const asAdministrator = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, application_name: 'migrate', connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    return await work(client);
  } finally {
    await client.end();
  }
};

const prepareRoles = async (
  client: pg.Client,
  database: string,
  plans: readonly MigrationPlan[],
  others: readonly { role: string; password?: string }[],
): Promise<void> => {
  await shared(client, `create role ${MIGRATION_ROLE} nologin`, '42710');
  await shared(client, `grant create, temporary on database ${database} to ${MIGRATION_ROLE}`);
  await shared(client, `revoke all on database ${database} from public`);
  await shared(client, 'revoke all on schema public from public');
  const passwords = new Map<string, string | undefined>();
  for (const plan of [...others, ...plans])
    if (plan.role !== MIGRATION_ROLE) passwords.set(plan.role, plan.password ?? passwords.get(plan.role));
  for (const [role, password] of passwords) {
    await shared(client, `create role ${quoted(role)} login noinherit`, '42710');
    if (password !== undefined) {
      // The verifier, not the password, travels: statements may be logged.
      await shared(client, `alter role ${quoted(role)} password ${literal(scramVerifier(password))}`);
    }
    await shared(client, `grant connect on database ${database} to ${quoted(role)}`);
    // Not only the app's own pool: whoever comes as this role cannot hold the journal's horizon back.
    for (const name of ['idle_in_transaction_session_timeout', 'transaction_timeout'] as const)
      await shared(client, `alter role ${quoted(role)} set ${name} = ${LIMITS[name]}`);
  }
  for (const plan of plans) {
    await client.query(`create schema if not exists ${quoted(plan.schema)} authorization ${MIGRATION_ROLE}`);
    await client.query(`grant usage on schema ${quoted(plan.schema)} to ${quoted(plan.role)}`);
    await client.query(`create table if not exists ${quoted(plan.schema)}.migration (
      source text not null, name text not null, checksum text not null, applied_at timestamptz not null default now(),
      primary key (source, name))`);
    await client.query(`alter table ${quoted(plan.schema)}.migration owner to ${MIGRATION_ROLE}`);
    // The app compares this record with its files before it starts.
    await client.query(`grant select on ${quoted(plan.schema)}.migration to ${quoted(plan.role)}`);
  }
};

/** Roles belong to the whole cluster, where the lock of one database does not reach. */
const shared = async (client: pg.Client, text: string, already?: string): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(text);
      return;
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (code === already) return;
      if (already !== undefined && code === '23505') return;
      if (!SHARED_CONFLICTS.includes(code) || attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
    }
  }
};

const up = async (client: pg.Client, plan: MigrationPlan): Promise<Migrated[]> => {
  const source = sourceOf(plan);
  const files = await filesOf(plan);
  const applied = await appliedIn(client, plan);
  for (const [name, checksum] of applied) {
    const file = files.find((candidate) => candidate.name === name);
    if (!file) throw new Error(`${plan.schema}: ${source}/${name} was applied but its file is gone`);
    if (file.checksum !== checksum)
      throw new Error(`${plan.schema}: ${source}/${name} was changed after it was applied`);
  }
  const done: Migrated[] = [];
  for (const { name, text, checksum } of files.filter((file) => !applied.has(file.name))) {
    await inTransaction(client, plan, async () => {
      await client.query(filled(text, plan));
      await client.query('insert into migration (source, name, checksum) values ($1, $2, $3)', [
        source,
        name,
        checksum,
      ]);
    }).catch((error: unknown) => {
      throw new Error(`${plan.schema}: ${source}/${name}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    });
    done.push({ schema: plan.schema, source, name });
  }
  return done;
};

const inTransaction = async (client: pg.Client, plan: MigrationPlan, work: () => Promise<void>): Promise<void> => {
  await client.query('begin');
  try {
    await client.query(`set local role ${MIGRATION_ROLE}`);
    await client.query(`set local search_path = ${quoted(plan.schema)}`);
    await client.query("set local lock_timeout = '1s'");
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
};

const appliedIn = async (client: pg.Client, plan: MigrationPlan): Promise<Map<string, string>> => {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `select name, checksum from ${quoted(plan.schema)}.migration where source = $1 order by name`,
    [sourceOf(plan)],
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
};

const FILE = /^(\d{3}-[a-z0-9-]+)\.up\.sql$/;

const filesOf = async (plan: MigrationPlan): Promise<{ name: string; text: string; checksum: string }[]> => {
  const folder = folderOf(plan);
  const names = (await readdir(folder)).map((file) => FILE.exec(file)?.[1]).filter((name) => name !== undefined);
  return Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(new URL(`${name}.up.sql`, folder), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
};

const folderOf = (plan: MigrationPlan): URL => new URL(plan.folder.href.replace(/\/*$/, '/'));

const sourceOf = (plan: MigrationPlan): string =>
  plan.source ?? /([^/]+)\/migrations\/?$/.exec(plan.folder.pathname)?.[1] ?? plan.schema;

const filled = (text: string, plan: MigrationPlan): string =>
  text
    .replaceAll(':"role"', quoted(plan.role))
    .replaceAll(':"schema"', quoted(plan.schema))
    .replaceAll(":'schema'", literal(plan.schema));

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** RFC 5803, as PostgreSQL stores it. */
const scramVerifier = (password: string): string => {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
};
