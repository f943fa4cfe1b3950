import { connect, failureOf, type Database } from '@app/database';
import type { Log } from '@app/telemetry';
import type { AppDefinition } from './define-app.js';
import { missingMigrations } from './migrations.query.js';
import { AppRefused } from './refusals.js';

const PATIENCE_MS = 30_000;

/**
 * The database is the one thing an app cannot start without: it is waited for, then its migrations are compared.
 * @throws AppRefused when it stays away or is behind
 */
export async function openDatabase(
  app: AppDefinition,
  o: { url: string; poolSize: number; log: Log; patienceMs?: number },
): Promise<Database> {
  const until = Date.now() + (o.patienceMs ?? PATIENCE_MS);
  for (let attempt = 0; ; attempt += 1) {
    let database: Database | null = null;
    try {
      database = await connect({ url: o.url, schema: app.name, poolSize: o.poolSize, applicationName: app.name });
      const missing = await database.read((tx) => missingMigrations(tx, app));
      if (missing.length === 0) return database;
      throw new AppRefused([`the database lacks ${missing.join(', ')}; run npm run migrate`]);
    } catch (error) {
      await database?.close().catch(() => undefined);
      if (error instanceof AppRefused) throw error;
      if (failureOf(error) !== 'transient' || Date.now() > until) {
        throw new AppRefused([
          `the database cannot be used (${codeOf(error)}); is it running, and is database-url right?`,
        ]);
      }
      if (attempt === 0) o.log.warn('database-away', { err: error });
      await pause(Math.min(2000, 100 * 2 ** attempt) * (0.5 + Math.random()));
    }
  }
}

const codeOf = (error: unknown): string => {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: string };
  return typeof code === 'string' ? code : (name ?? 'unknown');
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
