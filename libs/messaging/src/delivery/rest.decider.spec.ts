import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { restMs, restTimes } from './rest.decider.js';

const after = (looks: readonly boolean[]): number => looks.reduce(restTimes, 0);

describe('a consumer beside a front door', () => {
  test('rests nine times its turn within four turns of crowd, and not at all within five of calm', () => {
    expect(after([true])).toBe(1);
    expect(after([true, true, true, true])).toBe(9);
    expect(after([true, true, true, true, false])).toBe(4.5);
    expect(after([true, true, true, true, ...Array.from({ length: 6 }, () => false)])).toBe(0);
  });

  test('never rests where it is calm, nor longer than two seconds, whatever was before', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), fc.double({ min: 0, max: 60_000, noNaN: true }), (looks, worked) => {
        const times = after(looks);
        expect(times).toBeGreaterThanOrEqual(0);
        expect(times).toBeLessThanOrEqual(9);
        expect(restMs(worked, times)).toBeLessThanOrEqual(2_000);
        if (!looks.includes(true)) expect(restMs(worked, times)).toBe(0);
      }),
    );
  });
});
