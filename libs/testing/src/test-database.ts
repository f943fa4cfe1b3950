import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SystemClock, type Clock } from '@app/calendar';
import { MIGRATION_ROLE, connect, migrate, type Database, type MigrationPlan } from '@app/database';
import { sql } from '@app/database/sql';
import { Delivery, Registry, Transactions, type Arrived, type Received } from '@app/messaging';
import { Log, Metrics } from '@app/telemetry';
import pg from 'pg';
import { arrivedFrom } from './received.js';
import { testServices } from './services.js';

export interface TestDatabaseOptions {
  /** Schema, role and context at once: the name of the app. */
  readonly schema: string;
  readonly migrations?: URL;
  readonly clock?: Clock;
  readonly poolSize?: number;
}

export interface TestDatabase {
  readonly url: string;
  /** As the cluster's administrator, whom no right stops. */
  readonly adminUrl: string;
  readonly database: Database;
  readonly transactions: Transactions;
  /** What the journal says happened, in order. */
  published(): Promise<{ type: string; key: string; data: any; sequence: number; id: string }[]>;
  /** Through the real delivery. @throws what the handler threw, unless `parks` says that parking is expected */
  deliver(handler: object, events: readonly Received[], o?: { parks?: boolean }): Promise<void>;
  sql<R = any>(text: string, params?: readonly unknown[]): Promise<R[]>;
  /** As the administrator: across schemas, past every right. */
  adminSql<R = any>(text: string, params?: readonly unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

export const APPS = ['coordination', 'intake', 'vetting', 'matching', 'notification', 'operations'] as const;
const PASSWORD = 'only-for-tests';
const LIBS = fileURLToPath(new URL('../../', import.meta.url));

let made = 0;

/** A database of its own, cloned from a template that each set of migrations is run for once. */
export const testDatabase = async (o: TestDatabaseOptions): Promise<TestDatabase> => {
  const { url: administrator } = testServices().postgres;
  const plans = plansFor(o);
  const name = `t_${process.pid}_${++made}_${randomBytes(4).toString('hex')}`;
  await withClient(administrator, async (client) => {
    const template = await templateFor(client, administrator, plans);
    await client.query(`create database ${name} template ${template}`);
    for (const app of APPS) await client.query(`grant connect on database ${name} to ${app}`);
  });
  const adminUrl = on(administrator, name);
  const url = on(administrator, name, o.schema);
  const clock = o.clock ?? new SystemClock();
  const database = await connect({
    url,
    schema: o.schema,
    poolSize: o.poolSize ?? 6,
    applicationName: `test-${o.schema}`,
  });
  const transactions = new Transactions(database, o.schema, clock);
  return {
    url,
    adminUrl,
    database,
    transactions,
    sql: (text, params) => database.transaction((tx) => sql(tx).query(text, params)),
    adminSql: (text, params) =>
      withClient(adminUrl, async (client) => (await client.query(text, params as unknown[])).rows),
    published: () =>
      database.read(async (tx) => {
        const rows = await sql(tx).query(
          'select type, key, data, sequence::float8 as sequence, id from journal order by seq',
        );
        return rows.map((row) => ({ ...row, data: JSON.parse(row.data) }));
      }),
    deliver: (handler, events, { parks = false } = {}) => deliverTo(handler, events, { ...o, clock, database }, parks),
    close: async () => {
      await database.close();
      await withClient(administrator, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
};

const deliverTo = async (
  handler: object,
  events: readonly Received[],
  o: TestDatabaseOptions & { clock: Clock; database: Database },
  parks: boolean,
): Promise<void> => {
  const failed: { error?: unknown } = {};
  const watched = watching(handler, failed);
  const registry = new Registry(o.schema, [watched]);
  const [consumer] = registry.consumers;
  if (!consumer) throw new Error(`${handler.constructor.name} has neither @Handles nor @Projects`);
  const delivery = new Delivery(
    {
      app: o.schema,
      database: o.database,
      clock: o.clock,
      log: Log.silent(),
      metrics: new Metrics('test'),
      parksPerMinute: 1_000_000,
      inboxDays: 28,
      onPublished: () => undefined,
    },
    registry.consumers,
  );
  await delivery.deliver(inPartitions(events));
  if (failed.error !== undefined && !parks)
    throw new Error(`${consumer.consumer} could not take an event`, { cause: failed.error });
};

/** The handler itself, remembering the last thing it threw for an event that was then parked. */
const watching = (handler: object, failed: { error?: unknown }): object =>
  new Proxy(handler, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (name !== 'handle' && name !== 'project') return member;
      return async (events: readonly Received[], tx: unknown) => {
        try {
          await (member as (events: readonly Received[], tx: unknown) => Promise<void>).call(target, events, tx);
        } catch (error) {
          if (events.length === 1) failed.error = error;
          throw error;
        }
      };
    },
  });

/** As Kafka would: by key, in order within a key. */
const inPartitions = (events: readonly Received[]): Arrived[][] => {
  const partitions = new Map<string, Arrived[]>();
  for (const [offset, event] of events.entries()) {
    const partition = (createHash('md5').update(event.key).digest()[0] ?? 0) % 12;
    const place = `${event.topic}/${partition}`;
    partitions.set(place, [...(partitions.get(place) ?? []), arrivedFrom(event, partition, offset)]);
  }
  return [...partitions.values()];
};

/** Everything an app's schema stands on, in the order of `npm run migrate`. */
const plansFor = (o: TestDatabaseOptions): MigrationPlan[] => {
  const libs = (['messaging', 'http', 'queue', 'operator'] as const).map((lib) => ({ lib, schema: o.schema }));
  const shared = [
    { lib: 'privacy', schema: 'keyring' },
    { lib: 'geography', schema: 'geography' },
  ];
  const own: MigrationPlan[] = o.migrations ? [{ schema: o.schema, folder: o.migrations, role: o.schema }] : [];
  return [
    ...[...libs, ...shared]
      .filter(({ lib }) => existsSync(`${LIBS}${lib}/migrations`))
      .map(({ lib, schema }) => ({
        schema,
        folder: new URL(`../../${lib}/migrations/`, import.meta.url),
        role: schema === o.schema ? o.schema : MIGRATION_ROLE,
      })),
    ...own,
  ];
};

const templateFor = async (
  client: pg.Client,
  administrator: string,
  plans: readonly MigrationPlan[],
): Promise<string> => {
  const name = `template_${contentOf(plans)}`;
  await client.query("select pg_advisory_lock(hashtextextended('templates', 0))");
  try {
    const { rows } = await client.query('select datistemplate from pg_database where datname = $1', [name]);
    if (rows[0]?.datistemplate === true) return name;
    if (rows.length > 0) await client.query(`drop database ${name} with (force)`);
    await client.query(`create database ${name}`);
    await migrate({ url: on(administrator, name), plans, roles: APPS.map((role) => ({ role, password: PASSWORD })) });
    await client.query(`alter database ${name} is_template true`);
    return name;
  } finally {
    await client.query("select pg_advisory_unlock(hashtextextended('templates', 0))");
  }
};

const contentOf = (plans: readonly MigrationPlan[]): string => {
  const hash = createHash('sha256').update(readFileSync(new URL('../../database/src/migrate.ts', import.meta.url)));
  for (const { schema, folder } of plans) {
    hash.update(schema);
    for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(new URL(file, folder)));
  }
  return hash.digest('hex').slice(0, 16);
};

const on = (administrator: string, name: string, role?: string): string => {
  const url = new URL(administrator);
  url.pathname = `/${name}`;
  if (role !== undefined) {
    url.username = role;
    url.password = PASSWORD;
  }
  return url.href;
};

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};
