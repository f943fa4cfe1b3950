import { existsSync, readdirSync } from 'node:fs';
import { TOPICS } from '@app/contracts';
import { MIGRATION_ROLE, migrate, type Migrated, type MigrationPlan } from '@app/database';
import { createTopics } from '@app/kafka';
import kafkajs, { type AclEntry, type KafkaConfig } from 'kafkajs';
import { APPS } from './apps.js';

/** Libs whose tables stand in every app's own schema; a lib without migrations is passed over. */
const IN_EVERY_SCHEMA = ['messaging', 'http', 'queue', 'operator'];
/** Schemas that several apps share by name. */
const SHARED = { keyring: 'privacy', geography: 'geography' };

const root = new URL('../', import.meta.url);
const folderOf = (path: string): URL => new URL(`${path}/migrations/`, root);
const hasSql = (folder: URL): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.up.sql'));

/** All plans in the order in which they run. */
export const migrationPlans = (): MigrationPlan[] => {
  const shared = Object.entries(SHARED).map(([schema, lib]) => ({
    schema,
    folder: folderOf(`libs/${lib}`),
    role: MIGRATION_ROLE,
  }));
  const own = APPS.flatMap((app) =>
    [...IN_EVERY_SCHEMA.map((lib) => folderOf(`libs/${lib}`)), folderOf(`apps/${app}`)].map((folder) => ({
      schema: app,
      folder,
      role: app,
    })),
  );
  return [...shared, ...own].filter(({ folder }) => hasSql(folder));
};

/** Brings every schema up to date; the apps' roles exist first, because the shared schemas' grants name them. */
export const migrateDatabase = (url: string, passwords: Record<string, string | undefined>): Promise<Migrated[]> =>
  migrate({ url, plans: migrationPlans(), roles: APPS.map((role) => ({ role, password: passwords[role] })) });

/** Writes Kafka's rights where asked, and creates the topics of all contracts that are missing. */
export const openKafka = async (config: KafkaConfig, rights: AclEntry[] = []): Promise<void> => {
  const admin = new kafkajs.Kafka({ logLevel: kafkajs.logLevel.NOTHING, ...config }).admin();
  await admin.connect();
  try {
    if (rights.length > 0) await admin.createAcls({ acl: rights });
    await createTopics(admin, TOPICS);
  } finally {
    await admin.disconnect();
  }
};
