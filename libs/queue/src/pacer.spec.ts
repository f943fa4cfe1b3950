import { expect, test } from '@jest/globals';
import { Pacer } from './pacer.js';

const calm = () => Promise.resolve(false);
const away = { eval: () => Promise.reject(new Error('away')) };
const free = {
  eval: (_script: string, _keys: number, _key: unknown, asked: unknown) => Promise.resolve([asked, 0]),
};

/** When so many of a backlog left, from the first; ms. */
const leave = async (pacer: Pacer, jobs: number): Promise<number[]> => {
  const moments = await Promise.all(Array.from({ length: jobs }, () => pacer.next().then(() => performance.now())));
  return moments.map((at) => at - moments[0]!);
};

test('without Redis a process keeps to the rate by itself', async () => {
  const moments = await leave(new Pacer(away, 'key', 100, calm), 150);
  expect(moments[100]).toBeGreaterThanOrEqual(1_000);
  expect(moments[149]).toBeLessThan(1_900);
});

test('nobody waits for a database that does not say whether a door is crowded', async () => {
  const silent = () => new Promise<boolean>(() => undefined);
  const moments = await leave(new Pacer(free, 'key', 1_000, silent), 100);
  expect(moments[99]).toBeLessThan(500);
});

test('a process that was held up does not make up for it beyond the rate', async () => {
  const pacer = new Pacer(free, 'key', 200, calm);
  const all = leave(pacer, 500);
  for (const stall of [30, 200, 70, 350, 10]) {
    await new Promise((later) => setTimeout(later, 150));
    for (const until = performance.now() + stall; performance.now() < until;);
  }
  const moments = await all;
  for (const from of moments)
    expect(moments.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(200);
  expect(moments[499]).toBeLessThan(2_600);
});
