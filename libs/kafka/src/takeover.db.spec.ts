import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { uuidv7, type Consumption, type Envelope } from '@app/messaging';
import { Log } from '@app/telemetry';
import { eventually, testServices } from '@app/testing';
import { KafkaEventLog } from './kafka-event-log.js';

jest.setTimeout(60_000);

const { brokers, users } = testServices().kafka;
const login = { username: 'admin', password: users.admin ?? '' };
const root = fileURLToPath(new URL('../../../', import.meta.url));
let eventLog: KafkaEventLog;
const children: ChildProcess[] = [];

beforeAll(() => {
  eventLog = new KafkaEventLog({ clientId: 'intake', brokers, ...login, log: Log.silent() });
});
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
afterAll(() => eventLog.close());

const envelope = (topic: string): Envelope => ({
  id: uuidv7(),
  type: 'intake.thing-happened.v1',
  topic,
  key: uuidv7(),
  data: '{}',
  sequence: 1,
  at: new Date(),
  correlationId: uuidv7(),
  causationId: null,
  traceparent: null,
  forumId: uuidv7(),
  epoch: 0,
});

const otherProcess = async (topic: string, group: string): Promise<{ child: ChildProcess; said: () => string[] }> => {
  const given = JSON.stringify({ brokers: brokers.join(','), ...login, group, topic });
  const child = spawn(
    process.execPath,
    ['--import', `${root}test/typescript.mjs`, `${root}libs/kafka/src/member.fixture.ts`, given],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '--no-warnings' } },
  );
  children.push(child);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const said = () => text.split('\n');
  await eventually('the other process serves', () => said().includes('serving'), 40_000);
  return { child, said };
};

describe('a member of the group that is gone', () => {
  const ours = async (topic: string, group: string, arrived: Set<string>): Promise<Consumption> => {
    const consumption = await eventLog.subscribe({
      group,
      topics: [topic],
      deliver: (partitions) => {
        for (const { key } of partitions.flat()) arrived.add(key);
        return Promise.resolve();
      },
      epochs: { read: () => Promise.resolve([]), remember: () => Promise.resolve() },
    });
    await eventually('we serve', () => consumption.serving, 20_000);
    return consumption;
  };

  const untilAllPartitionsAreServed = async (topic: string, arrived: ReadonlySet<string>): Promise<void> => {
    const sent: string[] = [];
    for (let round = 0; round < 3; round++) {
      const some = Array.from({ length: 40 }, () => envelope(topic));
      await eventLog.send(some);
      sent.push(...some.map(({ key }) => key));
    }
    await eventually('everything sent since has arrived', () => sent.every((key) => arrived.has(key)), 30_000);
  };

  test.each([
    ['kill -9', 'SIGKILL', 4_000],
    ['an orderly end', 'SIGTERM', 2_500],
  ] as const)('after %s its partitions are served again in time', async (_, signal, limit) => {
    const run = uuidv7().slice(-12);
    const [topic, group] = [`intake.takeover-${run}`, `intake-takeover-${run}`];
    await eventLog.createTopics([{ name: topic, partitions: 12 }]);
    const { child, said } = await otherProcess(topic, group);
    const arrived = new Set<string>();
    const consumption = await ours(topic, group, arrived);
    const warm = Array.from({ length: 120 }, () => envelope(topic));
    await eventLog.send(warm);
    await eventually('both share the work', () => said().length > 10 && arrived.size > 10, 20_000);
    const killed = performance.now();
    child.kill(signal);
    await untilAllPartitionsAreServed(topic, arrived);
    const took = performance.now() - killed;
    await consumption.stop();
    expect(took).toBeLessThan(limit);
  });
});
