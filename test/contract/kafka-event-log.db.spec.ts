import { jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaEventLog } from '@app/kafka';
import { Log } from '@app/telemetry';
import { testServices } from '@app/testing';
import kafkajs from 'kafkajs';
import { eventLogSuite } from './event-log.suite.js';

jest.setTimeout(40_000);

eventLogSuite('kafka', async () => {
  const { brokers, users } = testServices().kafka;
  const login = { username: 'admin', password: users.admin ?? '' };
  const eventLog = new KafkaEventLog({ clientId: 'intake', brokers, ...login, log: Log.silent() });
  const admin = new kafkajs.Kafka({
    brokers: [...brokers],
    sasl: { mechanism: 'plain', ...login },
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  return {
    eventLog,
    recreate: async (topic) => {
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await sleep(50);
      await eventLog.createTopics([{ name: topic, partitions: 12 }]);
    },
    close: async () => {
      await eventLog.close();
      await admin.disconnect();
    },
  };
});
