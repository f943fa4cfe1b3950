import { randomUUID } from 'node:crypto';
import { uuidv7 } from '@app/messaging';
import kafkajs, { type Admin, type Kafka, type Message } from 'kafkajs';
import { APPS } from '../../../deploy/apps.js';
import type { Random } from '../../../tools/surge/random.js';

type Told = Message & { readonly topic: string };

/** Topics of the apps. */
export const topicsOf = async (admin: Admin): Promise<string[]> =>
  (await admin.listTopics()).filter((topic) => APPS.some((app) => topic.startsWith(`${app}.`)));

/** As the apps tell it, of somebody who does not exist. */
export const event = (type: string, value: string): Message => {
  const ids = { ce_id: uuidv7(), ce_correlationid: randomUUID(), ce_forumid: randomUUID(), ce_type: type };
  const source = `/${type.slice(0, type.indexOf('.'))}`;
  const rest = { ce_specversion: '1.0', ce_source: source, ce_time: new Date().toISOString(), ce_sequence: '1' };
  return { key: randomUUID(), value, headers: { ...ids, ...rest } };
};

export const produce = async (broker: Kafka, topic: string, messages: readonly Message[]): Promise<void> => {
  const producer = broker.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    for (let at = 0; at < messages.length; at += 200)
      await producer.send({ topic, messages: messages.slice(at, at + 200) });
  } finally {
    await producer.disconnect();
  }
};

/** Everything that was told since a moment. */
const toldSince = async (broker: Kafka, admin: Admin, since: Date): Promise<Told[]> => {
  const told: Told[] = [];
  const left = new Map<string, number>();
  const from: { topic: string; partition: number; offset: string }[] = [];
  for (const topic of await topicsOf(admin)) {
    const starts = await admin.fetchTopicOffsetsByTimestamp(topic, since.getTime());
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      const offset = starts.find((it) => it.partition === partition)?.offset ?? high;
      if (Number(offset) >= 0 && Number(offset) < Number(high)) {
        left.set(`${topic}/${partition}`, Number(high));
        from.push({ topic, partition, offset });
      }
    }
  }
  if (from.length === 0) return told;
  const consumer = broker.consumer({ groupId: `chaos.${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...new Set(from.map(({ topic }) => topic))], fromBeginning: true });
  try {
    await new Promise<void>((done, failed) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
      consumer
        .run({
          autoCommit: false,
          eachMessage: ({ topic, partition, message }) => {
            const place = `${topic}/${partition}`;
            const high = left.get(place);
            if (high === undefined || Number(message.offset) >= high) return Promise.resolve();
            const { key, value, headers } = message;
            told.push({ topic, key, value, ...(headers ? { headers: headers as Message['headers'] & object } : {}) });
            if (Number(message.offset) + 1 >= high) left.delete(place);
            if (left.size === 0) done();
            return Promise.resolve();
          },
        })
        .then(() => from.forEach((place) => consumer.seek(place)), failed);
    });
  } finally {
    await consumer.disconnect();
  }
  return told;
};

/** Tells everything since a moment so many times more, in another order. Resolves with how many messages that were. */
export const repeat = async (
  broker: Kafka,
  admin: Admin,
  since: Date,
  times: number,
  random: Random,
): Promise<number> => {
  const told = await toldSince(broker, admin, since);
  const again = random.shuffled(Array.from({ length: times }, () => told).flat());
  for (const topic of new Set(again.map((it) => it.topic)))
    await produce(
      broker,
      topic,
      again.filter((it) => it.topic === topic).map(({ topic: _, ...message }) => message),
    );
  return again.length;
};

/** How many messages the apps' groups have not said that they are done with. */
export const lag = async (admin: Admin): Promise<number> => {
  let behind = 0;
  const ends = new Map<string, string>();
  for (const topic of await topicsOf(admin))
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) ends.set(`${topic}/${partition}`, high);
  for (const groupId of APPS)
    for (const { topic, partitions } of await admin.fetchOffsets({ groupId }))
      for (const { partition, offset } of partitions) {
        const end = Number(ends.get(`${topic}/${partition}`) ?? 0);
        behind += Number(offset) < 0 ? end : Math.max(0, end - Number(offset));
      }
  return behind;
};
