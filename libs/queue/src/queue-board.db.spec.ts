import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { testServices } from '@app/testing';
import { QueueBoard, type BoardAnswer } from './queue-board.js';

const as = (user: string): string => {
  const url = new URL(testServices().redis.url);
  url.username = user;
  url.password = testServices().redis.users[user]!;
  return url.href;
};
const boarded = [{ app: 'vetting', name: 'vetting.board-spec' }];

describe('the board over the queues', () => {
  let own: Redis;
  let queue: Queue;
  let board: QueueBoard;
  beforeAll(async () => {
    own = new Redis(as('vetting'), { maxRetriesPerRequest: null });
    queue = new Queue('vetting.board-spec', { connection: own, prefix: 'vetting' });
    await queue.addBulk([
      { name: 'check', data: { checkId: 'a' }, opts: { jobId: 'job-a' } },
      { name: 'check', data: { checkId: 'b' }, opts: { jobId: 'job-b', priority: 2 } },
      { name: 'check', data: { checkId: 'c' }, opts: { jobId: 'job-c', delay: 60_000 } },
    ]);
    board = new QueueBoard({
      redisUrl: as('operations'),
      at: '/ops/queues/',
      title: 'Queues',
      back: { text: 'Back', url: '/ops/waiting' },
    });
  });
  afterAll(async () => {
    await board.close();
    await queue.obliterate({ force: true });
    await queue.close();
    own.disconnect();
  });

  const ask = async (path: string, query = {}): Promise<{ status: number; body: any }> => {
    const { status, body } = (await board.answer(path, query, boarded)) as BoardAnswer;
    return { status, body: JSON.parse(String(body)) };
  };

  test('shows the queues of other apps and each of their jobs, for looking only', async () => {
    const { body } = await ask('api/queues', { activeQueue: 'vetting.board-spec' });
    expect(body.queues).toMatchObject([
      {
        name: 'vetting.board-spec',
        counts: { waiting: 1, prioritized: 1, delayed: 1, active: 0 },
        readOnlyMode: true,
        allowRetries: false,
      },
    ]);
    expect(body.queues[0].jobs.map(({ id }: { id: string }) => id).sort()).toEqual(['job-a', 'job-b', 'job-c']);
    const job = await ask('api/queues/vetting.board-spec/job-b');
    expect(job.body).toMatchObject({ job: { id: 'job-b', data: { checkId: 'b' } }, status: 'prioritized' });
    expect((await ask('api/queues/vetting.board-spec/nobody')).status).toBe(404);
    for (const path of ['api/queues/vetting.board-spec/workers', 'api/redis/stats', 'api/job-schedulers'])
      expect((await ask(path)).status).toBe(200);
  });

  test('its page has nothing inline and nothing of foreign hosts; its files are found by name alone', async () => {
    const { body, immutable } = (await board.answer('queue/vetting.board-spec/job-a', {}, boarded)) as BoardAnswer;
    expect(immutable).toBe(false);
    expect(body).toContain('<base href="/ops/queues/">');
    expect(body).not.toMatch(/https?:|<style| style=|<script>|<script defer="defer">/);
    const [, script] = /src="(static\/js\/main[^"]+)"/.exec(String(body))!;
    expect(await board.answer(script!, {}, boarded)).toMatchObject({ status: 200, immutable: true });
    for (const path of ['static/../index.ejs', 'index.ejs', '../package.json', 'api', 'api/queues/pause'])
      expect([path, await board.answer(path, {}, boarded)]).toEqual([path, 'nothing-there']);
  });

  test('says that Redis is away when it is', async () => {
    const away = new QueueBoard({
      redisUrl: 'redis://127.0.0.1:1/0',
      at: '/ops/queues/',
      title: 'Queues',
      back: { text: 'Back', url: '/ops/waiting' },
    });
    expect(await away.answer('api/queues', {}, boarded)).toBe('redis-away');
    await away.close();
  });
});

describe('the Redis user of operations', () => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(as('operations'), { maxRetriesPerRequest: 1 });
  });
  afterAll(() => redis.disconnect());

  test.each<[string, () => Promise<unknown>]>([
    ['a write', () => redis.set('vetting:x', '1')],
    ['a deletion', () => redis.del('vetting:x')],
    ['a write in a script', () => redis.eval("return redis.call('set', KEYS[1], '1')", 1, 'vetting:x')],
    ['a write in a script that hides its key', () => redis.eval("return redis.call('del', 'vetting:x')", 0)],
    ['a message', () => redis.publish('vetting:x', '1')],
    ['a key that is no queue’s', () => redis.get('somebody:x')],
    ['all keys', () => redis.keys('*')],
    ['everything at once', () => redis.flushall()],
    ['its own configuration', () => redis.config('GET', '*')],
    ['the rights', () => redis.acl('LIST')],
  ])('is refused %s', async (_, act) => {
    await expect(act()).rejects.toThrow(/NOPERM|can't run this command|No permissions|can't access/i);
  });

  test('is refused what BullMQ does to a queue', async () => {
    const queue = new Queue('vetting.board-spec', { connection: redis, prefix: 'vetting', skipMetasUpdate: true });
    await expect(queue.add('check', {})).rejects.toThrow(/NOPERM|can't run this command/);
    await expect(queue.pause()).rejects.toThrow(/NOPERM|can't run this command/);
    await expect(queue.obliterate({ force: true })).rejects.toThrow(/NOPERM|can't run this command/);
    await queue.close();
  });
});
