import pg from 'pg';
import { executeOn, openTransaction } from './executor.js';
import type { Transaction } from './transaction.js';

export interface SessionOptions {
  readonly url: string;
  readonly schema: string;
  readonly applicationName: string;
  /** The server ends a session that has been silent for so long: a frozen process loses its locks. */
  readonly idleTimeoutMs: number;
}

/**
 * One connection of its own, outside the pool, for locks that live as long as it does.
 * Each statement commits by itself; what it writes may be lost by a crash of the server (`synchronous_commit` off).
 */
export class Session {
  private ended = false;
  private constructor(
    private readonly client: pg.Client,
    readonly statements: Transaction,
  ) {}

  static async open(o: SessionOptions): Promise<Session> {
    const settings = [
      `search_path=${o.schema}`,
      'statement_timeout=5000',
      'lock_timeout=1000',
      'synchronous_commit=off',
      `idle_session_timeout=${o.idleTimeoutMs}`,
      'tcp_keepalives_idle=2',
      'tcp_keepalives_interval=1',
      'tcp_keepalives_count=3',
    ];
    const client = new pg.Client({
      connectionString: o.url,
      application_name: o.applicationName,
      connectionTimeoutMillis: 3000,
      keepAlive: true,
      options: settings.map((setting) => `-c ${setting}`).join(' '),
    });
    const statements = openTransaction({
      execute: (text, params) => executeOn(client, text, params),
    });
    const session = new Session(client, statements);
    const end = () => (session.ended = true);
    client.on('error', end);
    client.on('end', end);
    await client.connect();
    return session;
  }

  get open(): boolean {
    return !this.ended;
  }

  async close(): Promise<void> {
    this.ended = true;
    await this.client.end().catch(() => undefined);
  }
}
