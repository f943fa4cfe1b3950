import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inTime, isOver, judge, promise, staffed, verify, type NeedFacts, type NeedState } from './need.decider.js';

const at = (text: string): Date => new Date(`2026-11-23T${text}:00Z`);
const need = (over: Partial<NeedFacts> = {}): NeedFacts => ({
  state: 'drafted',
  places: 4,
  filled: 0,
  startsAt: at('12:00'),
  endsAt: at('16:00'),
  ...over,
});
const STATES: NeedState[] = [
  'drafted',
  'verified',
  'open',
  'part-filled',
  'filled',
  'in-progress',
  'met',
  'at-risk',
  'escalated',
  'unmet-closed',
  'cancelled',
];

describe('a need', () => {
  test('is opened once it was screened', () => {
    expect(verify(need(), 'low', false, at('09:00'))).toEqual({ is: 'verified', state: 'open' });
    expect(verify(need({ state: 'open' }), 'low', false, at('09:00'))).toEqual({ is: 'already' });
    expect(verify(need({ state: 'cancelled' }), 'low', false, at('09:00'))).toEqual({
      is: 'refused',
      code: 'need-over',
    });
    expect(verify(need(), 'low', false, at('16:00'))).toEqual({ is: 'refused', code: 'need-already-past' });
  });
  test('with regulated activity is open to the highest tier alone', () => {
    expect(verify(need(), 'medium', true, at('09:00'))).toEqual({
      is: 'refused',
      code: 'regulated-activity-needs-dbs',
    });
    expect(verify(need(), 'high', true, at('09:00'))).toEqual({ is: 'verified', state: 'open' });
  });
  test('is as full as matching says', () => {
    expect([0, 1, 4, 5].map((filled) => staffed(need({ state: 'open' }), filled))).toEqual([
      'open',
      'part-filled',
      'filled',
      'filled',
    ]);
    expect(staffed(need({ state: 'filled' }), 0)).toBe('open');
    expect(staffed(need({ state: 'cancelled' }), 4)).toBe('cancelled');
    expect(staffed(need(), 4)).toBe('drafted');
  });
  test('moves with the clock', () => {
    expect(inTime(need({ state: 'filled', filled: 4 }), at('12:00'))).toBe('in-progress');
    expect(inTime(need({ state: 'open' }), at('12:00'))).toBe('open');
    expect(inTime(need({ state: 'in-progress', filled: 4 }), at('16:00'))).toBe('met');
    expect(inTime(need({ state: 'open' }), at('16:00'))).toBe('unmet-closed');
    expect(inTime(need(), at('16:00'))).toBe('cancelled');
  });
  test('in every state holds a promise, or is over', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATES), (state) => {
        const made = promise(state, at('09:00'));
        expect(made === null).toBe(isOver(state));
        if (made) expect(made.dueAt.getTime() - made.madeAt.getTime()).toBeLessThanOrEqual(24 * 3_600_000);
      }),
    );
    expect(promise('drafted', at('09:00'))).toEqual({ madeAt: at('09:00'), dueAt: at('13:00') });
  });
  test('keeps its promise when it moved after the promise was made', () => {
    expect(judge(at('09:00'), at('10:00'))).toBe('kept-with-news');
    expect(judge(at('09:00'), at('09:00'))).toBe('broken');
    expect(judge(at('09:00'), null)).toBe('broken');
  });
});
