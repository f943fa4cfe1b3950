import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Looks } from './looks.js';

test('looks of a moment go together and each sees its own; nobody joins one that began before', async () => {
  const sizes: number[] = [];
  let now = 'before';
  const looks = new Looks<number, string>(async (ats) => {
    const then = now;
    sizes.push(ats.length);
    await sleep(20);
    return ats.map((at) => `${at} ${then}`);
  });
  const first = looks.look(0);
  await sleep(5);
  now = 'after';
  const later = [3, 1, 2, 1].map((at) => looks.look(at));
  expect(await first).toBe('0 before');
  expect(await Promise.all(later)).toEqual(['3 after', '1 after', '2 after', '1 after']);
  expect(sizes).toEqual([1, 4]);
});
