import { expect, jest } from '@jest/globals';
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
    recreate: async (topic, groupId) => {
      const [known] = await admin.fetchOffsets({ groupId, topics: [topic] });
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await sleep(50);
      await eventLog.createTopics([{ name: topic, partitions: 12 }]);
      // The broker forgets the offsets of a topic that is deleted; one whose disk is lost does not come to that.
      const partitions = (known?.partitions ?? []).filter(({ offset }) => Number(offset) > 0);
      await admin.setOffsets({ groupId, topic, partitions });
      expect((await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions).toEqual(known?.partitions);
    },
    close: async () => {
      await eventLog.close();
      await admin.disconnect();
    },
  };
});
