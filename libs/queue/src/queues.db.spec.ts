import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { FrontDoor, type Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { Log } from '@app/telemetry';
import { eventually, testDatabase, testServices, type TestDatabase } from '@app/testing';
import { Circuits } from './circuits.js';
import { CircuitRepository } from './circuit.repository.js';
import { defineQueue } from './define-queue.js';
import { Queues } from './queues.js';
import { Feeds, Processes, type Feeder, type Pace, type Processor } from './roles.js';

const Job = z.strictObject({ id: z.string() });
const WorkQueue = defineQueue({ name: 'vetting.spec', job: Job, ratePerSecond: 200, concurrency: 20, circuit: 'spec' });

@Feeds(WorkQueue)
class WorkFeeder implements Feeder<{ id: string }> {
  /** When a queued row counts as lost; the same row may then run twice, which its own state has to bear. */
  static again = "interval '30 seconds'";
  async claim(tx: Transaction, limit: number) {
    const rows = await sql(tx).query<{ id: string }>(
      `with due as (select id from work where not done and (queued_at is null or queued_at < now() - ${WorkFeeder.again})
         order by id limit $1 for update skip locked)
       update work w set queued_at = now() from due where w.id = due.id returning w.id`,
      [limit],
    );
    return rows.map((row) => ({ id: row.id, data: { id: row.id } }));
  }
}

@Processes(WorkQueue)
class WorkProcessor implements Processor<{ id: string }> {
  readonly calls: string[] = [];
  readonly times: number[] = [];
  constructor(private readonly db: TestDatabase) {}
  async process({ data }: { data: { id: string } }, pace: Pace): Promise<void> {
    await pace();
    this.calls.push(data.id);
    this.times.push(performance.now());
    await this.db.sql('update work set done = true where id = $1', [data.id]);
  }
}

jest.setTimeout(30_000);

let db: TestDatabase;
let redis: Redis;
let queues: Queues;
let processor: WorkProcessor;
let circuits: Circuits;
let prefix = 0;

const redisUrl = () => {
  const url = new URL(testServices().redis.url);
  return url.href;
};
const start = async (url = redisUrl()) => {
  circuits = new Circuits();
  queues = new Queues({
    redisUrl: url,
    prefix: `spec${++prefix}`,
    database: db.database,
    circuits,
    report: () => undefined,
  });
  processor = new WorkProcessor(db);
  queues.adopt([new WorkFeeder(), processor]);
  await queues.start();
};
const add = (count: number) =>
  db.sql('insert into work (id) select uuidv7()::text from generate_series(1, $1)', [count]);
const left = async () => (await db.sql<{ n: number }>('select count(*)::int as n from work where not done'))[0]!.n;

const mostInASecond = (times: readonly number[]): number =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));

beforeAll(async () => {
  db = await testDatabase({ schema: 'vetting' });
  await db.adminSql(
    'create table vetting.work (id text primary key, done boolean not null default false, queued_at timestamptz); grant all on vetting.work to vetting',
  );
  redis = new Redis(redisUrl());
});
beforeEach(async () => {
  WorkFeeder.again = "interval '30 seconds'";
  await db.sql('delete from work');
});
afterEach(async () => {
  await queues.stop();
});
afterAll(async () => {
  redis.disconnect();
  await db.close();
});

test('every row is worked once, at the rate of the provider and never more in any second', async () => {
  await add(600);
  await start();
  await eventually('all done', async () => (await left()) === 0, 8_000);
  expect(new Set(processor.calls).size).toBe(600);
  expect(processor.calls).toHaveLength(600);
  const span = processor.times.at(-1)! - processor.times[0]!;
  expect(600 / (span / 1000)).toBeGreaterThan(200 * 0.9);
  expect(mostInASecond(processor.times)).toBeLessThanOrEqual(200);
});

test('while a front door is crowded, a tenth of the rate has to do', async () => {
  let pressed = true;
  const door = new FrontDoor(db.database, () => pressed, Log.silent());
  try {
    await eventually('it is heard', () => db.database.crowded());
    await add(150);
    await start();
    await eventually('the first is done', () => processor.calls.length > 0, 8_000);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(processor.calls.length).toBeGreaterThan(20);
    expect(processor.calls.length).toBeLessThan(20 * 2 + 20);
    pressed = false;
    await eventually('all done', async () => (await left()) === 0, 8_000);
  } finally {
    await door.close();
  }
});

test('what Redis forgot comes back from the rows', async () => {
  WorkFeeder.again = "interval '2 seconds'";
  await add(1_000);
  await start();
  await eventually('some done', async () => (await left()) < 900);
  // As FLUSHALL would, for this queue alone: other specs use the same server.
  await redis.unlink(await redis.keys(`spec${prefix}:*`));
  await eventually('all done', async () => (await left()) === 0, 15_000);
});

test('an open circuit is fed nothing, and catches up when it closes', async () => {
  await start();
  const forced = new CircuitRepository();
  await db.database.transaction((tx) => forced.force(tx, 'spec', 'open', 'somebody', new Date()));
  await eventually('obeyed', () => circuits.of('spec').state === 'open', 3_000);
  await add(10);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(processor.calls).toHaveLength(0);
  await db.database.transaction((tx) => forced.force(tx, 'spec', null, 'somebody', new Date()));
  await eventually('caught up', async () => (await left()) === 0, 4_000);
});

test('without Redis it starts and stops at once, claims nothing and says so', async () => {
  await add(3);
  await start('redis://127.0.0.1:1');
  const [stats] = await queues.stats(new Date());
  expect(stats?.redis).toBe('down');
  expect(await db.sql('select from work where queued_at is not null')).toHaveLength(0);
});

test('an answer of Redis that came too late at the start does not cost the queue its life', async () => {
  const url = new URL(redisUrl());
  const { port, hostname } = url;
  const between = createServer((client) => {
    const server = connect(Number(port), hostname);
    let asked = 0;
    // ioredis asks what Redis is before anybody else; who asks again hears it later than a command may take.
    client.on('data', (sent) => {
      const before = asked;
      asked += sent.toString('latin1').toLowerCase().split('\r\ninfo\r\n').length - 1;
      if (before < 2 && asked >= 2) {
        server.pause();
        setTimeout(() => server.resume(), 3_300);
      }
      server.write(sent);
    });
    server.on('data', (said) => client.write(said));
    for (const [one, other] of [[client, server] as const, [server, client] as const])
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  url.port = String((between.address() as AddressInfo).port);
  try {
    await add(20);
    await start(url.href);
    await eventually('all done', async () => (await left()) === 0, 10_000);
    expect((await queues.stats(new Date()))[0]!.redis).toBe('up');
  } finally {
    await queues.stop();
    between.close();
  }
});

test('two processes share a queue and its rate, and no row is worked twice', async () => {
  await add(800);
  await start();
  const second = new WorkProcessor(db);
  const other = new Queues({
    redisUrl: redisUrl(),
    prefix: `spec${prefix}`,
    database: db.database,
    circuits: new Circuits(),
    report: () => undefined,
  });
  other.adopt([new WorkFeeder(), second]);
  await other.start();
  await eventually('all done', async () => (await left()) === 0, 8_000);
  await other.stop();
  const calls = [...processor.calls, ...second.calls];
  expect(new Set(calls).size).toBe(800);
  expect(calls).toHaveLength(800);
  expect(Math.min(processor.calls.length, second.calls.length)).toBeGreaterThan(100);
  // Each may have a fiftieth of a second's worth in its hand.
  expect(mostInASecond([...processor.times, ...second.times])).toBeLessThanOrEqual(200 + 2 * 4);
});
