import { describe, expect, test } from '@jest/globals';
import { isAlarming, withPark, type Parks } from './alarm.decider.js';
import { isProtected } from './protected.decider.js';
import { nextTry } from './retry.decider.js';

test('three tries within half a minute, then a person', () => {
  const now = new Date('2026-11-22T10:00:00Z');
  const waits = [0, 1, 2, 3].map((attempts) => {
    const next = nextTry(attempts, now);
    return next.is === 'again' ? next.at.getTime() - now.getTime() : next.is;
  });
  expect(waits).toEqual([1000, 5000, 15_000, 'parked']);
});

describe('the alarm', () => {
  const after = (times: number[]): Parks => times.reduce<Parks>(withPark, []);
  test('sounds at the twenty-first park within a minute', () => {
    expect(isAlarming(after(Array.from({ length: 20 }, (_, at) => at * 1000)), 20)).toBe(false);
    expect(isAlarming(after(Array.from({ length: 21 }, (_, at) => at * 1000)), 20)).toBe(true);
  });
  test('forgets what is older than a minute', () => {
    expect(isAlarming(after(Array.from({ length: 100 }, (_, at) => at * 4000)), 20)).toBe(false);
  });
});

test.each([
  ['vetting.application-cleared.v1', true],
  ['vetting.application-conditionally-cleared.v1', true],
  ['vetting.check-determined.v3', true],
  ['intake.application-withdrawn.v1', true],
  ['intake.application-erased.v1', true],
  ['coordination.activation-opened.v1', true],
  ['safeguarding.person-held.v1', true],
  ['coordination.plan-approved.v1', true],
  ['intake.application-paused.v1', false],
  ['notification.message-sent.v1', false],
  [null, false],
] as const)('%s is protected: %s', (type, yes) => {
  expect(isProtected(type)).toBe(yes);
});
