import { KafkaEventLog, type KafkaConfig } from '@app/kafka';
import type { EventLog } from '@app/messaging';
import type { Log } from '@app/telemetry';
import type { Secrets } from './secrets.js';

/** Kafka, as the user of this app; connects when it is first needed. */
export function openEventLog(app: string, config: KafkaConfig, secrets: Secrets, log: Log): EventLog {
  const user = config.KAFKA_USERNAME;
  return new KafkaEventLog({
    clientId: app,
    brokers: config.KAFKA_BROKERS,
    ...(user === undefined ? {} : { username: user, password: secrets.text('kafka-password') }),
    tls: config.KAFKA_TLS,
    mechanism: config.KAFKA_MECHANISM,
    log,
  });
}
