import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { httpMigrations } from '@app/http';
import { operatorMigrations } from '@app/operator';
import { queueMigrations } from '@app/queue';
import type { AppDefinition } from './define-app.js';

export interface MigrationSource {
  /** Its name in the table `migration`. */
  readonly source: string;
  readonly folder: URL;
}

/** Every folder whose migrations make up the schema of an app, in the order in which they run; an app may have none of its own. */
export const migrationSourcesOf = (app: AppDefinition): MigrationSource[] => [
  { source: 'messaging', folder: new URL('../../messaging/migrations/', import.meta.url) },
  { source: 'http', folder: httpMigrations },
  { source: 'queue', folder: queueMigrations },
  { source: 'operator', folder: operatorMigrations },
  ...(existsSync(app.migrations) ? [{ source: app.name, folder: app.migrations }] : []),
];

/** Migrations that this build has and the database has not; the app must not start before they are applied. */
export async function missingMigrations(tx: Transaction, app: AppDefinition): Promise<string[]> {
  const applied = await sql(tx).query<{ source: string; name: string }>('select source, name from migration');
  const known = new Set(applied.map(({ source, name }) => `${source}/${name}`));
  return migrationSourcesOf(app)
    .flatMap(({ source, folder }) => namesIn(folder).map((name) => `${source}/${name}`))
    .filter((name) => !known.has(name));
}

const namesIn = (folder: URL): string[] =>
  readdirSync(fileURLToPath(folder))
    .flatMap((file) => /^(\d{3}-[a-z0-9-]+)\.up\.sql$/.exec(file)?.[1] ?? [])
    .sort();
