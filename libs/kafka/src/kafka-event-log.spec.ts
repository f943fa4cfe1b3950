import { expect, test } from '@jest/globals';
import { uuidv7, type Envelope } from '@app/messaging';
import { Log } from '@app/telemetry';
import type { Message, Producer, ProducerBatch, RecordMetadata } from 'kafkajs';
import { KafkaEventLog } from './kafka-event-log.js';

const TOPIC = 'intake.thing';
const partitionMetadata = [0, 1].map((partitionId) => ({
  ...{ partitionErrorCode: 0, partitionId, leader: partitionId, replicas: [], isr: [], offlineReplicas: [] },
}));
const envelopes = Array.from({ length: 20 }, (): Envelope => ({
  ...{ id: uuidv7(), type: 'intake.thing-happened.v1', topic: TOPIC, key: uuidv7(), data: '{}', sequence: 1 },
  ...{ at: new Date(), correlationId: uuidv7(), causationId: null, traceparent: null, forumId: uuidv7(), epoch: 0 },
}));

/** An event log whose client answers only for these partitions, as kafkajs does after a leader moved under a retry. */
const answeringFor = (...partitions: number[]): KafkaEventLog => {
  const eventLog = new KafkaEventLog({ clientId: 'intake', brokers: ['127.0.0.1:9'], log: Log.silent() });
  const inside = eventLog as unknown as {
    producer: Promise<Pick<Producer, 'sendBatch' | 'disconnect'>> | null;
    remembering: () => (given: object) => number;
  };
  const choose = inside.remembering();
  inside.producer = Promise.resolve({
    sendBatch: async ({ topicMessages }: ProducerBatch): Promise<RecordMetadata[]> => {
      for (const { topic, messages } of topicMessages ?? [])
        for (const message of messages as Message[]) choose({ topic, partitionMetadata, message });
      return partitions.map((partition) => ({ topicName: TOPIC, partition, errorCode: 0, baseOffset: '5' }));
    },
    disconnect: () => Promise.resolve(),
  });
  return eventLog;
};

test('what has its answer is acknowledged up to its last message', async () => {
  const acknowledged = await answeringFor(0, 1).send(envelopes);
  expect(acknowledged.map(({ partition }) => partition)).toEqual([0, 1]);
  expect(acknowledged.reduce((sum, { offset }) => sum + Number(offset) - 4, 0)).toBe(20);
});

test('a send of which one partition has no answer has failed, although the client calls it a success', async () => {
  await expect(answeringFor(1).send(envelopes)).rejects.toMatchObject({ code: 'not-acknowledged' });
});
