import { describe, expect, test } from '@jest/globals';
import { FairShare } from './fair-share.js';
import type { Problem } from './problem.js';

describe('a fair share', () => {
  test('lets a burst through, then the rate, and says when to come again', () => {
    const share = new FairShare({ burst: 3, perMinute: 60 });
    expect([1, 2, 3].map(() => share.take('a', 0)['ratelimit'])).toEqual([
      '"share";r=2;t=1',
      '"share";r=1;t=2',
      '"share";r=0;t=3',
    ]);
    let refused: Problem | null = null;
    try {
      share.take('a', 0);
    } catch (error) {
      refused = error as Problem;
    }
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1', ratelimit: '"share";r=0;t=1' } });
    expect(() => share.take('a', 999)).toThrow();
    expect(() => share.take('a', 2000)).not.toThrow();
  });

  test('one caller takes nothing from another', () => {
    const share = new FairShare({ burst: 1, perMinute: 1 });
    share.take('a', 0);
    expect(() => share.take('a', 1)).toThrow();
    expect(() => share.take('b', 1)).not.toThrow();
  });

  test('over a minute nobody gets more than burst and rate together', () => {
    const share = new FairShare({ burst: 10, perMinute: 60 });
    let entered = 0;
    for (let now = 0; now < 60_000; now += 20) {
      try {
        share.take('a', now);
        entered += 1;
      } catch {
        // refused, as most are
      }
    }
    expect(entered).toBeLessThanOrEqual(70);
    expect(entered).toBeGreaterThanOrEqual(69);
  });
});
