import { describe, expect, test } from '@jest/globals';
import { roomAfter, windowsOf } from './window.decider.js';

/** The same numbers every time; 0 to 1. */
const dice = (seed: number) => () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

/** The fullest stretch of so many milliseconds. */
const fullest = (moments: readonly number[], ms: number): number =>
  Math.max(...moments.map((from) => moments.filter((at) => at >= from && at < from + ms).length));

/** A backlog leaves for so long, by a process that is held up before it asks, after it was answered, or never. */
const leaving = (rate: number, forMs: number, stall: () => number): number[] => {
  const left: number[] = [];
  for (let now = 1e6; now < 1e6 + forMs;) {
    const { go, inMs } = roomAfter(left, now, Math.max(1, Math.floor(rate / 50)), windowsOf(rate));
    now += go > 0 ? 0.5 + stall() : Math.ceil(inMs) + stall();
    left.push(...Array.from({ length: go }, () => now));
  }
  return left;
};

describe.each([600, 200, 40, 5, 1.5, 0.5])('at %d a second', (rate) => {
  const second = Math.max(1_000, 1_000 / rate);
  const most = Math.max(1, Math.floor(rate));

  test('no second sees more, however long the process is held up, and when', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const roll = dice(seed * 7_919);
      const stall = () => (roll() < 0.05 ? roll() * 10 ** (roll() * 3.3) : roll() * 3);
      expect(fullest(leaving(rate, Math.max(6_000, second * 6), stall), second)).toBeLessThanOrEqual(most);
    }
  });

  test('a process that is held up for a tenth of a second in one or two makes up for most of it', () => {
    const roll = dice(17);
    const left = leaving(rate, second * 20, () => (roll() < 0.01 ? 100 : roll() * 2));
    expect(left.length).toBeGreaterThanOrEqual(Math.floor(most * 20 * 0.97));
  });

  test('a backlog does not leave all at once', () => {
    const left = leaving(rate, second * 3, () => 0);
    const stretch = second / 10;
    expect(fullest(left, stretch)).toBeLessThanOrEqual(Math.ceil((rate * stretch) / 500) + Math.ceil(rate / 20));
  });
});

test('a rate that falls to a tenth counts what has left already', () => {
  const left = Array.from({ length: 300 }, (_, n) => n);
  expect(roomAfter(left, 300, 5, windowsOf(60))).toEqual({ go: 0, inMs: 240 + 1_002 - 300 });
  expect(roomAfter(left, 1_302, 5, windowsOf(60))).toEqual({ go: 3, inMs: 0 });
});
