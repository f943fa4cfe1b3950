import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '@app/calendar';
import { connect, type Database } from '@app/database';
import { KafkaEventLog } from '@app/kafka';
import { Messaging, type EventLog, type MessagingOptions } from '@app/messaging';
import { Log, Metrics } from '@app/telemetry';

/** Whose part a process of a benchmark plays: the app itself is stopped meanwhile. */
export interface Role {
  readonly app: 'intake' | 'vetting';
  readonly secrets: string;
  readonly brokers: readonly string[];
}

const secret = (role: Role, name: string): string => readFileSync(join(role.secrets, role.app, name), 'utf8').trim();

export const databaseOf = (role: Role): Promise<Database> =>
  connect({ url: secret(role, 'database-url'), schema: role.app, applicationName: `bench-${role.app}` });

export const kafkaOf = (role: Role): KafkaEventLog =>
  new KafkaEventLog({
    clientId: role.app,
    brokers: role.brokers,
    username: role.app,
    password: secret(role, 'kafka-password'),
    log: Log.silent(),
  });

/** Relay and consumers as the app has them. */
export const messagingOf = (
  role: Role,
  database: Database,
  eventLog: EventLog,
  config: MessagingOptions['config'] = {},
): Messaging =>
  new Messaging({
    ...{ app: role.app, database, eventLog, config },
    ...{ clock: new SystemClock(), log: Log.silent(), metrics: new Metrics(role.app) },
  });
