import { existsSync, readdirSync } from 'node:fs';
import { TOPICS } from '@app/contracts';
import { migrate, type Migrated, type MigrationPlan } from '@app/database';
import kafkajs, { type KafkaConfig } from 'kafkajs';
import { APPS } from './local/apps.js';

/** Libs whose tables stand in every app's own schema; a lib without migrations is passed over. */
const IN_EVERY_SCHEMA = ['messaging', 'http', 'queue', 'operator'];
/** Schemas that several apps share by name. */
const SHARED = { keyring: 'privacy', geography: 'geography' };

const root = new URL('../', import.meta.url);
const folderOf = (path: string): URL => new URL(`${path}/migrations/`, root);
const hasSql = (folder: URL): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.up.sql'));

/** All plans in the order in which they run: roles exist before the first of them. */
export const migrationPlans = (passwords: Record<string, string | undefined>): MigrationPlan[] => {
  const own = APPS.flatMap((app) =>
    [...IN_EVERY_SCHEMA.map((lib) => folderOf(`libs/${lib}`)), folderOf(`apps/${app}`)]
      .filter(hasSql)
      .map((folder) => ({ schema: app, folder, role: app, password: passwords[app] })),
  );
  const shared = Object.entries(SHARED).map(([schema, lib]) => ({
    schema,
    folder: folderOf(`libs/${lib}`),
    role: 'coordination',
  }));
  return [...shared.filter(({ folder }) => hasSql(folder)), ...own];
};

export const migrateDatabase = (url: string, passwords: Record<string, string | undefined>): Promise<Migrated[]> =>
  migrate({ url, plans: migrationPlans(passwords) });

/** Creates the topics of all contracts that are missing; resolves with their names. */
export const createTopics = async (config: KafkaConfig, replicas: number): Promise<string[]> => {
  const admin = new kafkajs.Kafka({ logLevel: kafkajs.logLevel.NOTHING, ...config }).admin();
  await admin.connect();
  try {
    const present = new Set(await admin.listTopics());
    const missing = TOPICS.filter(({ name }) => !present.has(name));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        timeout: 20_000,
        topics: missing.map(({ name, partitions }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replicas,
        })),
      });
    }
    return missing.map(({ name }) => name);
  } finally {
    await admin.disconnect();
  }
};
