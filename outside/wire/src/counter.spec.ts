import { expect, test } from '@jest/globals';
import { Counter } from './counter.js';

test('the busiest second slides', () => {
  const counter = new Counter();
  for (const at of [0, 500, 999, 1000, 1400, 5000]) counter.hit(at);
  expect(counter.now).toMatchObject({ requests: 6, peakPerSecond: 4 });
});

test('a long run keeps the peak', () => {
  const counter = new Counter();
  for (let at = 0; at < 20_000; at += 1) counter.hit(at * 2);
  expect(counter.now.peakPerSecond).toBe(500);
});
