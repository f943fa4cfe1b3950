import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR, MINUTE } from '@app/calendar';
import { PROMISE_POLICY } from './promise-policy.js';
import { judge, judgeUnsent, mayStaySilent, promise } from './promise.decider.js';
import { PROMISE_RULES } from './promise.js';

const MONDAY = new Date('2026-11-23T09:00:00Z');
const FRIDAY = new Date('2026-11-27T16:00:00Z');
const CHRISTMAS = new Date('2026-12-24T15:00:00Z');

describe('a promise', () => {
  test.each([
    ['submitted', MONDAY, '2026-11-26T09:00:00.000Z'],
    ['submitted', FRIDAY, '2026-12-02T16:00:00.000Z'],
    ['checking', MONDAY, '2026-11-30T09:00:00.000Z'],
    ['decision-due', FRIDAY, '2026-11-30T16:00:00.000Z'],
    ['decision-due', CHRISTMAS, '2026-12-29T15:00:00.000Z'],
    ['cleared', FRIDAY, '2026-11-28T16:00:00.000Z'],
  ] as const)('%s from %s is due on its day, weekends and bank holidays left out', (rule, from, due) => {
    expect(promise(rule, from, 'england').dueAt.toISOString()).toBe(due);
  });

  test('reminders come after 2, 5 and 9 days, the end on the tenth', () => {
    const day = (step: number, from: Date): Date => promise('awaiting-applicant', from, 'england', { step }).dueAt;
    const first = day(0, MONDAY);
    const second = day(1, first);
    const third = day(2, second);
    const end = day(3, third);
    expect([first, second, third, end].map((at) => (at.getTime() - MONDAY.getTime()) / DAY)).toEqual([2, 5, 9, 10]);
  });

  test('acts a quarter of the interval before its day, and never more than four hours', () => {
    const cleared = promise('cleared', MONDAY, 'england');
    expect(cleared.dueAt.getTime() - cleared.actAt!.getTime()).toBe(4 * HOUR);
    const soon = promise('assigned', MONDAY, 'england', { until: new Date(MONDAY.getTime() + 8 * HOUR) });
    expect(soon.dueAt.getTime() - soon.actAt!.getTime()).toBe(2 * HOUR);
  });

  test.each(PROMISE_RULES)('under the rule %s never lies beyond its maximum, whatever others ask', (rule) => {
    for (const from of [MONDAY, FRIDAY, CHRISTMAS]) {
      for (const days of [-400, 0, 1, 400]) {
        const until = new Date(from.getTime() + days * DAY);
        for (const step of [0, 1, 2, 3, 9]) {
          const { dueAt, actAt } = promise(rule, from, 'scotland', { until, step });
          expect(dueAt.getTime()).toBeGreaterThan(from.getTime());
          expect(dueAt.getTime() - from.getTime()).toBeLessThanOrEqual(PROMISE_POLICY[rule].maximum);
          expect(actAt!.getTime()).toBeLessThanOrEqual(dueAt.getTime());
          expect(actAt!.getTime()).toBeGreaterThan(from.getTime());
        }
      }
    }
  });

  test('three words without news in a row are enough; a rhythm that was announced has no such end', () => {
    expect(mayStaySilent(promise('checking', MONDAY, 'england', { noNews: 2 }))).toBe(true);
    expect(mayStaySilent(promise('checking', MONDAY, 'england', { noNews: 3 }))).toBe(false);
    expect(mayStaySilent(promise('pool', MONDAY, 'england', { noNews: 30 }))).toBe(true);
  });
});

describe('judging', () => {
  const due = MONDAY;
  const at = (ms: number): Date => new Date(due.getTime() + ms);

  test('goes by the time of sending', () => {
    expect(judge(due, at(0), true)).toBe('kept-with-news');
    expect(judge(due, at(-1), false)).toBe('kept-no-news');
    expect(judge(due, at(1), true)).toBe('broken');
  });

  test('waits until everything up to the day has been read, an hour at most', () => {
    expect(judgeUnsent(due, at(5 * MINUTE), at(-1), HOUR)).toBe('wait');
    expect(judgeUnsent(due, at(5 * MINUTE), null, HOUR)).toBe('wait');
    expect(judgeUnsent(due, at(5 * MINUTE), at(1), HOUR)).toBe('broken');
    expect(judgeUnsent(due, at(HOUR + 1), null, HOUR)).toBe('broken');
    expect(judgeUnsent(due, at(-1), at(10), HOUR)).toBe('wait');
  });
});
