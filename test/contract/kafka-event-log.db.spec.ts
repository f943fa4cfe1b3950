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
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    sasl: { mechanism: 'plain', ...login },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
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
      const consumer = kafka.consumer({ groupId });
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
      consumer.pause([{ topic }]);
      await joined;
      await consumer.commitOffsets(partitions.map(({ partition, offset }) => ({ topic, partition, offset })));
      await consumer.disconnect();
      expect((await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions).toEqual(known?.partitions);
    },
    close: async () => {
      await eventLog.close();
      await admin.disconnect();
    },
  };
});
