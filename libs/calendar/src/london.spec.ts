import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HOUR } from './durations.js';
import { londonInstant, londonWall } from './london.js';
import { quietUntil } from './quiet-hours.js';
import { slotOf } from './slots.js';

const instants = fc.date({ min: new Date('2000-01-01'), max: new Date('2060-01-01'), noInvalidDate: true });
const shownByIntl = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const two = (of: number): string => String(of).padStart(2, '0');

describe('a London clock', () => {
  test('shows what the time zone database shows', () => {
    fc.assert(
      fc.property(instants, (at) => {
        const wall = londonWall(at);
        const ours = `${two(wall.day)}/${two(wall.month)}/${wall.year}, ${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
        expect(ours).toBe(shownByIntl.format(at));
      }),
      { numRuns: 3000 },
    );
  });

  test('reads back the instant it shows, but for the hour that comes twice', () => {
    fc.assert(
      fc.property(instants, (at) => {
        const back = londonInstant(londonWall(at)).getTime();
        expect([at.getTime(), at.getTime() - HOUR]).toContain(back);
        expect(londonWall(new Date(back))).toEqual(londonWall(at));
      }),
      { numRuns: 3000 },
    );
  });

  test('is right on both sides of the two changes of 2026', () => {
    expect(londonWall(new Date('2026-03-29T00:59:59Z')).hour).toBe(0);
    expect(londonWall(new Date('2026-03-29T01:00:00Z')).hour).toBe(2);
    expect(londonWall(new Date('2026-10-25T00:59:59Z')).hour).toBe(1);
    expect(londonWall(new Date('2026-10-25T01:00:00Z')).hour).toBe(1);
    expect(londonWall(new Date('2026-10-25T02:00:00Z')).hour).toBe(2);
  });
});

describe('slots', () => {
  test.each([
    ['2026-07-06T05:00:00Z', 'weekday-morning'],
    ['2026-07-06T10:59:59Z', 'weekday-morning'],
    ['2026-07-06T11:00:00Z', 'weekday-afternoon'],
    ['2026-07-06T17:00:00Z', 'weekday-evening'],
    ['2026-11-23T11:30:00Z', 'weekday-morning'],
    ['2026-11-23T17:59:00Z', 'weekday-afternoon'],
    ['2026-11-28T09:00:00Z', 'weekend-morning'],
    ['2026-11-28T02:00:00Z', 'weekday-evening'],
    ['2026-11-30T02:00:00Z', 'weekend-evening'],
    ['2026-11-29T23:30:00Z', 'weekend-evening'],
  ] as const)('%s is a %s', (at, slot) => expect(slotOf(new Date(at))).toBe(slot));
});

describe('quiet hours', () => {
  test('hold back from nine in the evening to eight in the morning, London time', () => {
    expect(quietUntil(new Date('2026-11-23T20:59:59Z'))).toBeNull();
    expect(quietUntil(new Date('2026-11-23T21:00:00Z'))).toEqual(new Date('2026-11-24T08:00:00Z'));
    expect(quietUntil(new Date('2026-11-24T07:59:59Z'))).toEqual(new Date('2026-11-24T08:00:00Z'));
    expect(quietUntil(new Date('2026-11-24T08:00:00Z'))).toBeNull();
    expect(quietUntil(new Date('2026-07-01T20:30:00Z'))).toEqual(new Date('2026-07-02T07:00:00Z'));
  });

  test('end at eight on the clock also in the nights when the clock changes', () => {
    expect(quietUntil(new Date('2026-03-28T22:00:00Z'))).toEqual(new Date('2026-03-29T07:00:00Z'));
    expect(quietUntil(new Date('2026-10-24T21:00:00Z'))).toEqual(new Date('2026-10-25T08:00:00Z'));
  });

  test('the end is never more than twelve hours away, and is not quiet itself', () => {
    fc.assert(
      fc.property(instants, (at) => {
        const end = quietUntil(at);
        if (end === null) return;
        expect(end.getTime() - at.getTime()).toBeGreaterThan(0);
        expect(end.getTime() - at.getTime()).toBeLessThanOrEqual(12 * HOUR);
        expect(quietUntil(end)).toBeNull();
      }),
    );
  });
});
