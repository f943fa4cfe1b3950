import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Acknowledged,
  Arrived,
  Consumption,
  Envelope,
  EventLog,
  LogPositions,
  NewTopic,
  Subscription,
} from '@app/messaging';
import { codeOf } from '@app/database';
import type { Log } from '@app/telemetry';
import kafkajs, { type Admin, type ICustomPartitioner, type Message, type Producer } from 'kafkajs';
import { arrivedFrom } from './arrived.js';
import { headersOf } from './cloud-event.js';
import './quiet-requests.js';
import { KafkaConsumption } from './kafka-consumption.js';

const { Kafka, Partitioners, logLevel } = kafkajs;

export interface KafkaOptions {
  /** Begins with the app's name: groups that are made for a moment are called after it. */
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly username?: string;
  readonly password?: string;
  readonly tls?: boolean;
  readonly mechanism?: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly log: Log;
}

type Ends = LogPositions['ends'];

/** The event log on Apache Kafka. Connects when it is first needed; whoever calls tries again. */
export class KafkaEventLog implements EventLog {
  private readonly kafka;
  private producer: Promise<Producer> | null = null;
  private adminClient: Promise<Admin> | null = null;
  private readonly partitions = new WeakMap<Message, number>();
  private readonly consumptions = new Set<KafkaConsumption>();

  constructor(private readonly o: KafkaOptions) {
    const sasl =
      o.username === undefined
        ? {}
        : {
            sasl: { mechanism: (o.mechanism ?? 'plain') as 'plain', username: o.username, password: o.password ?? '' },
          };
    this.kafka = new Kafka({
      clientId: o.clientId,
      brokers: [...o.brokers],
      ...sasl,
      ssl: o.tls ?? false,
      connectionTimeout: 3000,
      authenticationTimeout: 5000,
      requestTimeout: 10_000,
      enforceRequestTimeout: true,
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1000 },
      logLevel: logLevel.WARN,
      // "Coordinator is loading" and the like come as errors and mend themselves; what lasts is said by our own codes.
      logCreator: () => (entry) =>
        o.log.debug('kafkajs', { namespace: entry.namespace, level: entry.label, says: entry.log.message }),
    });
  }

  async send(envelopes: readonly Envelope[]): Promise<Acknowledged[]> {
    if (envelopes.length === 0) return [];
    const byTopic = new Map<string, Message[]>();
    for (const envelope of envelopes) {
      const message = { key: envelope.key, value: envelope.data, headers: headersOf(envelope) };
      const messages = byTopic.get(envelope.topic);
      if (messages) messages.push(message);
      else byTopic.set(envelope.topic, [message]);
    }
    const producer = await this.connectedProducer();
    try {
      const answers = await producer.sendBatch({
        acks: -1,
        timeout: 10_000,
        topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })),
      });
      // A leader that moves while kafkajs tries again can make it leave out partitions and call that a success.
      const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
      for (const [topic, messages] of byTopic)
        for (const message of messages)
          if (!answered.has(`${topic}/${this.partitions.get(message)}`)) throw new NotAcknowledged(topic);
      return answers.map(({ topicName, partition, baseOffset }) => {
        const sent = (byTopic.get(topicName) ?? []).filter((message) => this.partitions.get(message) === partition);
        return { topic: topicName, partition, offset: String(BigInt(baseOffset ?? 0) + BigInt(sent.length) - 1n) };
      });
    } catch (error) {
      // After an error its sequence numbers may be refused for ever; a new producer starts clean.
      this.producer = null;
      void producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async positions(topics: readonly string[]): Promise<LogPositions> {
    return this.withAdmin(async (admin) => {
      const { clusterId } = await admin.describeCluster();
      const existing = new Set(await admin.listTopics());
      const ends = await Promise.all(
        topics
          .filter((topic) => existing.has(topic))
          .map(async (topic) => [topic, await endsOf(admin, topic)] as const),
      );
      return { logId: clusterId, ends: Object.fromEntries(ends) };
    });
  }

  subscribe(subscription: Subscription): Promise<Consumption> {
    const { kafka, o } = this;
    const consumption = new KafkaConsumption({
      kafka,
      subscription,
      log: o.log,
      admin: (work) => this.withAdmin(work),
    });
    this.consumptions.add(consumption);
    return Promise.resolve(consumption);
  }

  async replay(
    topics: readonly string[],
    deliver: (partitions: readonly (readonly Arrived[])[]) => Promise<void>,
    after: Ends = {},
  ): Promise<Ends> {
    const { ends } = await this.positions(topics);
    const left = new Map<string, bigint>();
    await this.withAdmin(async (admin) => {
      for (const topic of topics)
        for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
          const from = BigInt(after[topic]?.[partition] ?? low);
          if (BigInt(high) > from && BigInt(high) > BigInt(low)) left.set(`${topic}/${partition}`, BigInt(high));
        }
    });
    if (left.size === 0) return ends;
    const consumer = this.kafka.consumer({
      groupId: `${this.o.clientId}.replay.${randomUUID()}`,
      maxBytesPerPartition: 262_144,
      maxWaitTimeInMs: 50,
      allowAutoTopicCreation: false,
    });
    const over = Promise.withResolvers<void>();
    over.promise.catch(() => undefined);
    const { events } = consumer;
    consumer.on(events.CRASH, ({ payload }) => over.reject(payload.error));
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
          const place = `${batch.topic}/${batch.partition}`;
          const end = left.get(place);
          const arrived = batch.messages
            .map((message) => arrivedFrom(batch.topic, batch.partition, message))
            .filter(({ offset }) => BigInt(offset) < (end ?? 0n));
          if (arrived.length > 0) {
            const beating = setInterval(() => void heartbeat().catch(() => undefined), 500);
            await deliver([arrived]).finally(() => clearInterval(beating));
          }
          resolveOffset(batch.lastOffset());
          if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) left.delete(place);
          if (left.size === 0) over.resolve();
        },
      });
      for (const [topic, partitions] of Object.entries(after))
        for (const [partition, offset] of Object.entries(partitions))
          consumer.seek({ topic, partition: Number(partition), offset });
      await over.promise;
    } finally {
      await consumer.disconnect().catch(() => undefined);
    }
    return ends;
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    await this.withAdmin((admin) => createTopics(admin, topics));
  }

  async close(): Promise<void> {
    await Promise.all([...this.consumptions].map((consumption) => consumption.stop()));
    const [producer, admin] = await Promise.allSettled([this.producer, this.adminClient]);
    if (producer.status === 'fulfilled') await producer.value?.disconnect().catch(() => undefined);
    if (admin.status === 'fulfilled') await admin.value?.disconnect().catch(() => undefined);
  }

  private connectedProducer(): Promise<Producer> {
    this.producer ??= this.connectProducer().catch((error: unknown) => {
      this.producer = null;
      throw error;
    });
    return this.producer;
  }

  private async connectProducer(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: 30_000,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 },
      createPartitioner: this.remembering,
    });
    await producer.connect();
    return producer;
  }

  /** As every Kafka client places a key; the place is kept, to know the last offset of a send. */
  private readonly remembering: ICustomPartitioner = () => {
    const choose = Partitioners.DefaultPartitioner();
    return (given) => {
      const partition = choose(given);
      this.partitions.set(given.message, partition);
      return partition;
    };
  };

  private connectedAdmin(): Promise<Admin> {
    this.adminClient ??= this.connectAdmin().catch((error: unknown) => {
      this.adminClient = null;
      throw error;
    });
    return this.adminClient;
  }

  private async connectAdmin(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    return admin;
  }

  /** Twice, the second time on a new connection: the old one may remember a topic that is gone, and then knows none. */
  private async withAdmin<T>(work: (admin: Admin) => Promise<T>, again = true): Promise<T> {
    const admin = await this.connectedAdmin();
    try {
      return await work(admin);
    } catch (error) {
      this.o.log.debug('kafka-admin-failed', { reason: codeOf(error) });
      this.adminClient = null;
      void admin.disconnect().catch(() => undefined);
      if (!again) throw error;
      return this.withAdmin(work, false);
    }
  }
}

/** Some of what was sent has no answer: all of it is to be sent again. */
export class NotAcknowledged extends Error {
  readonly code = 'not-acknowledged';
  constructor(topic: string) {
    super(`not all that was sent to ${topic} was acknowledged`);
    this.name = 'NotAcknowledged';
  }
}

const endsOf = async (admin: Admin, topic: string): Promise<Record<number, string>> =>
  Object.fromEntries((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, high]));

/** Makes the topics that are missing, as safe as the number of brokers allows. */
export const createTopics = async (admin: Admin, topics: readonly NewTopic[]): Promise<string[]> => {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return [];
  const { brokers } = await admin.describeCluster();
  const copies = Math.min(3, brokers.length);
  await admin.createTopics({
    waitForLeaders: false,
    topics: missing.map(({ name, partitions, retentionMs }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: copies,
      configEntries: [
        { name: 'min.insync.replicas', value: String(copies > 1 ? 2 : 1) },
        ...(retentionMs === undefined ? [] : [{ name: 'retention.ms', value: String(retentionMs) }]),
      ],
    })),
  });
  await Promise.all(missing.map(({ name }) => untilServed(admin, name)));
  return missing.map(({ name }) => name);
};

/** A broker learns of a new topic a little later than the one that made it, and says meanwhile that there is none. */
const untilServed = async (admin: Admin, topic: string): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const led = topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
      if (led && (await admin.fetchTopicOffsets(topic)).length > 0) return;
    } catch (error) {
      if (attempt > 50) throw error;
    }
    await sleep(100);
  }
};
