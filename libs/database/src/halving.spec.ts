import { expect, test } from '@jest/globals';
import { DomainError } from './domain-error.js';
import { halving } from './halving.js';

const numbers = Array.from({ length: 64 }, (_, at) => at);

test('finds the one at fault in few steps, and runs the others in order', async () => {
  const ran: number[] = [];
  let calls = 0;
  const outcome = await halving(numbers, (items) => {
    calls++;
    if (items.includes(37)) throw new DomainError('no');
    ran.push(...items);
    return Promise.resolve(items.length);
  });
  expect(ran).toEqual(numbers.filter((n) => n !== 37));
  expect(outcome.filter(({ is }) => is === 'refused')).toEqual([expect.objectContaining({ item: 37 })]);
  expect(calls).toBeLessThanOrEqual(13);
});

test('blames nothing when the database is at fault', async () => {
  let calls = 0;
  const run = () => {
    calls++;
    throw Object.assign(new Error('deadlock'), { code: '40P01' });
  };
  await expect(halving(numbers, run)).rejects.toMatchObject({ code: '40P01' });
  expect(calls).toBe(1);
});

test('of nothing is nothing', async () => {
  expect(await halving([], () => Promise.reject(new Error('never')))).toEqual([]);
});
