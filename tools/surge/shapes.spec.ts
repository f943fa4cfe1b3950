import { expect, test } from '@jest/globals';
import { arrivals, topRate } from './shapes.js';

const times = (...args: Parameters<typeof arrivals>): number[] => [...arrivals(...args)];
const within = (all: number[], from: number, to: number): number =>
  all.filter((at) => at >= from * 1000 && at < to * 1000).length;

test('steady is steady', () => {
  const all = times('steady', 1000, 100);
  expect(all).toHaveLength(1000);
  expect([0, 3, 9].map((second) => within(all, second, second + 1))).toEqual([100, 100, 100]);
});

test('broadcast climbs to its top within one second', () => {
  const all = times('broadcast', 3000, 1000);
  expect(all).toHaveLength(3000);
  expect(within(all, 0, 1)).toBe(500);
  expect(within(all, 0, 0.5)).toBe(125);
  expect(within(all, 1, 2)).toBe(1000);
});

test('nhs has bursts between quiet', () => {
  const all = times('nhs', 25_000, 4000);
  expect(all).toHaveLength(25_000);
  expect(within(all, 0, 5)).toBeLessThan(25);
  expect(within(all, 5, 10)).toBeGreaterThan(19_900);
  expect(within(all, 31, 41) / 10).toBeCloseTo(300, -1);
});

test('time never runs back', () => {
  for (const shape of ['steady', 'broadcast', 'nhs', 'skew', 'retry-storm'] as const) {
    const all = times(shape, 5000, topRate(shape, 5000));
    expect(all.every((at, i) => at >= 0 && (i === 0 || at >= all[i - 1]!))).toBe(true);
  }
});
