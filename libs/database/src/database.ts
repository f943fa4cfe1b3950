import { DataSource, type QueryRunner } from 'typeorm';
import type { Client } from 'pg';
import { endTransaction, executeOn, openTransaction, type Executor } from './executor.js';
import { IS_CALM } from './front-door.js';
import { LIMITS } from './limits.js';
import { Session } from './session.js';
import type { Transaction } from './transaction.js';

export interface ConnectOptions {
  readonly url: string;
  readonly schema: string;
  readonly poolSize?: number;
  readonly applicationName: string;
}

const CROWD_MS = 200;

/** The pool of one app on its own schema. */
export class Database {
  private looked = { at: -Infinity, crowded: Promise.resolve(false) };

  constructor(
    readonly dataSource: DataSource,
    private readonly options: ConnectOptions,
  ) {}

  get schema(): string {
    return this.options.schema;
  }

  /** One consistent look at the data; what it would write is refused by the server. */
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.within('begin isolation level repeatable read, read only', work);
  }

  /** `last` is one statement that needs no look at its own result: it travels together with the commit. */
  transaction<T>(work: (tx: Transaction) => Promise<T>, last?: (tx: Transaction) => Promise<unknown>): Promise<T> {
    return this.within('begin', work, last);
  }

  /** Whether people wait at the front door of any app on this database, as it was a moment ago: what can be done later gives way. */
  crowded(): Promise<boolean> {
    if (performance.now() - this.looked.at > CROWD_MS)
      this.looked = { at: performance.now(), crowded: this.look().catch(() => false) };
    return this.looked.crowded;
  }

  private async look(): Promise<boolean> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const { rows } = await executorOn(runner).execute(IS_CALM);
      return !(rows[0] as { calm: boolean }).calm;
    } finally {
      await giveBack(runner, undefined);
    }
  }

  /** A connection of its own, for a lock that must end with the process that holds it. */
  session(idleTimeoutMs: number): Promise<Session> {
    const { url, schema, applicationName } = this.options;
    return Session.open({ url, schema, applicationName: `${applicationName}-lock`, idleTimeoutMs });
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async within<T>(
    begin: string,
    work: (tx: Transaction) => Promise<T>,
    last?: (tx: Transaction) => Promise<unknown>,
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const executor = executorOn(runner);
    let sent = 0;
    const tx = openTransaction({
      execute: (text, params) => {
        sent++;
        return executor.execute(text, params);
      },
    });
    let broken: unknown;
    try {
      // Only the begin is waited for: what follows a statement that failed is refused, and its commit is a rollback;
      // what followed a begin that failed would stand alone.
      await executor.execute(begin);
      const result = await work(tx);
      const before = sent;
      const closing = last?.(tx);
      // What was not sent at once has failed, or is still to come: the commit must not overtake it.
      if (sent === before) await closing;
      await Promise.all([closing, executor.execute('commit')]);
      return result;
    } catch (error) {
      await executor.execute('rollback').catch((lost: unknown) => (broken = lost));
      throw error;
    } finally {
      endTransaction(tx);
      await giveBack(runner, broken);
    }
  }
}

/** Straight on the driver's connection: its errors carry their SQLSTATE, and it knows statements by name. */
const executorOn = (runner: QueryRunner): Executor => ({
  execute: async (text, params) => {
    // TypeORM lets go of a connection that broke and then says so without a code.
    if (runner.isReleased) throw Object.assign(new Error('connection lost'), { code: '08006' });
    return executeOn((await runner.connect()) as Client, text, params);
  },
});

/** A connection that could not roll back must not return to the pool. */
const giveBack = async (runner: QueryRunner, broken: unknown): Promise<void> => {
  if (runner.isReleased) return;
  const pooled = runner as QueryRunner & { releasePostgresConnection?: (error?: unknown) => Promise<void> };
  if (broken !== undefined && pooled.releasePostgresConnection) await pooled.releasePostgresConnection(broken);
  else await runner.release();
};

export const connect = async (o: ConnectOptions): Promise<Database> => {
  const settings = [`search_path=${o.schema}`, 'synchronous_commit=on']
    .concat(Object.entries(LIMITS).map(([name, ms]) => `${name}=${ms}`))
    .map((setting) => `-c ${setting}`)
    .join(' ');
  const dataSource = new DataSource({
    type: 'postgres',
    url: o.url,
    applicationName: o.applicationName,
    poolSize: o.poolSize ?? 10,
    connectTimeoutMS: 3000,
    logging: false,
    poolErrorHandler: () => undefined,
    // A connection costs a process and a handshake; sweepers that come round each second must find theirs again.
    extra: { options: settings, keepAlive: true, idleTimeoutMillis: 60_000, pipeline: true },
  });
  await dataSource.initialize();
  return new Database(dataSource, o);
};
