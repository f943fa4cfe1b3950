import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPS } from './apps.js';
import { helpOf } from './help.js';
import { migrateDatabase, openKafka } from './migrations.js';

interface Target {
  databaseUrl: string;
  passwords: Record<string, string | undefined>;
  kafka: Parameters<typeof openKafka>[0];
  rights?: Parameters<typeof openKafka>[1];
}

const fromFile = (name: string): string | undefined => {
  const file = process.env[name];
  return file === undefined ? undefined : readFileSync(file, 'utf8').trim();
};

const fromEnvironment = (databaseUrl: string): Target => {
  const password = fromFile('KAFKA_PASSWORD_FILE');
  const {
    KAFKA_BROKERS = '',
    KAFKA_USERNAME: username = 'admin',
    KAFKA_MECHANISM: mechanism = 'plain',
    KAFKA_TLS,
  } = process.env;
  return {
    databaseUrl,
    rights: JSON.parse(fromFile('KAFKA_RIGHTS_FILE') ?? '[]') as Target['rights'],
    passwords: JSON.parse(fromFile('APP_PASSWORDS_FILE') ?? '{}') as Record<string, string>,
    kafka: {
      brokers: KAFKA_BROKERS.split(','),
      ssl: KAFKA_TLS === 'true',
      ...(password === undefined ? {} : { sasl: { mechanism: mechanism as 'plain', username, password } }),
    },
  };
};

const fromLocalStack = (): Target | null => {
  const file = join(process.env.MUSTER_HOME ?? '.local', 'stack.json');
  if (!existsSync(file)) return null;
  const { postgres, kafka } = JSON.parse(readFileSync(file, 'utf8')) as {
    postgres: { url: string };
    kafka: { brokers: string[]; username: string; password: string };
  };
  const sasl = { mechanism: 'plain' as const, username: kafka.username, password: kafka.password };
  return { databaseUrl: postgres.url, passwords: {}, kafka: { brokers: kafka.brokers, sasl } };
};

if (process.argv.includes('--help')) {
  process.stdout.write(helpOf('migrate'));
} else {
  const url = fromFile('DATABASE_ADMIN_URL_FILE');
  const target = url === undefined ? fromLocalStack() : fromEnvironment(url);
  if (!target) {
    console.error(
      'Nothing to migrate: no local stack is running from MUSTER_HOME and DATABASE_ADMIN_URL_FILE is not set.',
    );
    process.exitCode = 1;
  } else {
    const done = await migrateDatabase(target.databaseUrl, target.passwords);
    for (const { schema, source, name } of done) console.log(`${schema}: ${source}/${name}`);
    await openKafka(target.kafka, target.rights);
    console.log(`${done.length} migrations applied in ${APPS.length} apps and the shared schemas; all topics exist`);
  }
}
