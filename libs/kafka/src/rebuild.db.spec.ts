import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { SystemClock } from '@app/calendar';
import { NotificationTallied, TOPICS } from '@app/contracts';
import { sql } from '@app/database/sql';
import { Handles, Messaging, uuidv7, type Batch, type BatchHandler, type Tx } from '@app/messaging';
import { Log, Metrics } from '@app/telemetry';
import { eventually, testDatabase, testServices, type TestDatabase } from '@app/testing';
import kafkajs from 'kafkajs';
import { KafkaEventLog } from './kafka-event-log.js';

jest.setTimeout(120_000);

const { brokers, users } = testServices().kafka;
const login = { username: 'admin', password: users.admin ?? '' };
const FORUM = uuidv7();
const TOPIC = NotificationTallied.topic;
const group = `coordination-rebuild-${uuidv7().slice(-12)}`;

@Handles([NotificationTallied], 'coordination.rebuild-test', { from: 'beginning', group })
class Remember implements BatchHandler {
  async handle(events: Batch, tx: Tx): Promise<void> {
    const ours = events.filter(({ forumId }) => forumId === FORUM);
    await sql(tx).insert(
      'seen',
      { key: 'uuid', sequence: 'bigint' },
      ours.map(({ key, sequence }) => ({ key, sequence })),
    );
  }
}

let writer: TestDatabase;
let reader: TestDatabase;
const started: { messaging: Messaging; eventLog: KafkaEventLog }[] = [];
const admin = new kafkajs.Kafka({
  brokers: [...brokers],
  sasl: { mechanism: 'plain', ...login },
  logLevel: kafkajs.logLevel.NOTHING,
}).admin();

const start = (app: string, db: TestDatabase, instances: object[]): Messaging => {
  const log = Log.silent();
  const eventLog = new KafkaEventLog({ clientId: app, brokers, ...login, log });
  const metrics = new Metrics(app);
  const messaging = new Messaging({ app, database: db.database, eventLog, clock: new SystemClock(), log, metrics });
  messaging.adopt(instances);
  messaging.start();
  started.push({ messaging, eventLog });
  return messaging;
};
const publish = (activationId: string, from: number, to: number) =>
  writer.transactions.run(async (tx) =>
    tx.publish(
      NotificationTallied,
      Array.from({ length: to - from + 1 }, (_, at) => ({
        sequence: from + at,
        data: {
          activationId,
          forumId: FORUM,
          at: '2026-11-22T10:00:00.000Z',
          queued: from + at,
          sent: 0,
          delivered: 0,
          failed: 0,
        },
      })),
    ),
  );
const seen = () =>
  reader.sql<{ key: string; sequence: number }>('select key, sequence::int as sequence from seen order by at');

beforeAll(async () => {
  writer = await testDatabase({ schema: 'notification' });
  reader = await testDatabase({ schema: 'coordination' });
  await reader.adminSql(`create table coordination.seen (at bigint generated always as identity, key uuid, sequence bigint);
    grant all on coordination.seen to coordination`);
  await admin.connect();
});
afterAll(async () => {
  for (const { messaging, eventLog } of started) {
    await messaging.stop();
    await eventLog.close();
  }
  await admin.disconnect();
  await writer.close();
  await reader.close();
});

test('a topic that Kafka lost is made and filled again from the journal while everybody runs; each effect is once, in order', async () => {
  const relay = start('notification', writer, []);
  await started[0]?.eventLog.createTopics(TOPICS);
  const messaging = start('coordination', reader, [new Remember()]);
  const activations = Array.from({ length: 20 }, () => uuidv7());
  for (const activation of activations) await publish(activation, 1, 20);
  await eventually('all effects', async () => (await seen()).length === 400, 60_000);
  await admin.deleteTopics({ topics: [TOPIC] });
  for (const activation of activations) await publish(activation, 21, 25);
  await eventually('the later effects', async () => (await seen()).length >= 500, 60_000);
  await eventually('the journal is sent', async () => (await relay.journal()).unsent === 0, 60_000);
  const offsets = await admin.fetchTopicOffsets(TOPIC);
  expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBeGreaterThanOrEqual(500);
  expect(messaging.serving).toBe(true);
  const last = new Map<string, number>();
  for (const { key, sequence } of await seen()) {
    expect(sequence).toBe((last.get(key) ?? 0) + 1);
    last.set(key, sequence);
  }
  expect(last.size).toBe(20);
});

test('a topic that ends where the lost one ended is said to be read: whoever joins later need not read it all again', async () => {
  const ends = async () => (await admin.fetchTopicOffsets(TOPIC)).filter(({ high }) => high !== '0');
  await admin.deleteTopics({ topics: [TOPIC] });
  const total = (await seen()).length;
  const filled = async () => (await ends()).reduce((sum, { high }) => sum + Number(high), 0) >= total;
  await eventually('the topic is filled again', () => filled().catch(() => false), 60_000);
  await eventually(
    'its offsets are committed',
    async () => {
      const [of] = await admin.fetchOffsets({ groupId: group, topics: [TOPIC] });
      const said = new Map(of?.partitions.map(({ partition, offset }) => [partition, offset]));
      return (await ends()).every(({ partition, high }) => said.get(partition) === high);
    },
    30_000,
  );
});
