import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Nation } from '@app/contracts';
import { bankHolidays, isWorkingDay } from './bank-holidays.js';
import { londonWall } from './london.js';
import { workingDaysAfter } from './working-days.js';

const NATIONS: Nation[] = ['england', 'wales', 'scotland', 'northern-ireland'];

describe('bank holidays', () => {
  test.each([
    ['england', 2026, '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28'],
    ['wales', 2027, '01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28'],
    ['england', 2028, '01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26'],
    ['scotland', 2026, '01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28'],
    ['scotland', 2027, '01-01 01-04 03-26 05-03 05-31 08-02 11-30 12-27 12-28'],
    ['scotland', 2028, '01-03 01-04 04-14 05-01 05-29 08-07 11-30 12-25 12-26'],
    ['northern-ireland', 2026, '01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28'],
    ['northern-ireland', 2027, '01-01 03-17 03-26 03-29 05-03 05-31 07-12 08-30 12-27 12-28'],
    ['northern-ireland', 2028, '01-03 03-17 04-14 04-17 05-01 05-29 07-12 08-28 12-25 12-26'],
  ] as const)('of %s in %i', (nation, year, days) => {
    expect(bankHolidays(year, nation)).toEqual(days.split(' ').map((day) => `${year}-${day}`));
  });
});

describe('working days', () => {
  test('skip Christmas and its substitute, and keep the time on the clock', () => {
    const from = new Date('2026-12-23T14:05:00Z');
    expect(workingDaysAfter(from, 1, 'england')).toEqual(new Date('2026-12-24T14:05:00Z'));
    expect(workingDaysAfter(from, 2, 'england')).toEqual(new Date('2026-12-29T14:05:00Z'));
  });

  test('keep the time on the clock when it changes in between', () => {
    expect(workingDaysAfter(new Date('2026-10-23T13:00:00Z'), 1, 'wales')).toEqual(new Date('2026-10-26T14:00:00Z'));
  });

  test('a nation rests on its own days', () => {
    const eve = new Date('2026-07-10T09:00:00Z');
    expect(workingDaysAfter(eve, 1, 'northern-ireland')).toEqual(new Date('2026-07-14T09:00:00Z'));
    expect(workingDaysAfter(eve, 1, 'england')).toEqual(new Date('2026-07-13T09:00:00Z'));
  });

  test('end on a working day, one after the other add up, and never go back', () => {
    const days = fc.integer({ min: 1, max: 25 });
    const from = fc.date({ min: new Date('2026-01-01'), max: new Date('2028-11-01'), noInvalidDate: true });
    fc.assert(
      fc.property(from, days, days, fc.constantFrom(...NATIONS), (at, first, second, nation) => {
        const one = workingDaysAfter(at, first, nation);
        expect(isWorkingDay(londonWall(one), nation)).toBe(true);
        expect(one.getTime()).toBeGreaterThan(at.getTime());
        expect(londonWall(one)).toMatchObject({ hour: londonWall(at).hour, minute: londonWall(at).minute });
        expect(londonWall(workingDaysAfter(one, second, nation)).day).toBe(
          londonWall(workingDaysAfter(at, first + second, nation)).day,
        );
      }),
    );
  });

  test('refuse a number of days that is none', () => {
    expect(() => workingDaysAfter(new Date(), -1, 'england')).toThrow(RangeError);
    expect(() => workingDaysAfter(new Date(), 1.5, 'england')).toThrow(RangeError);
  });
});
