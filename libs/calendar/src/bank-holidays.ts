import type { Nation } from '@app/contracts';
import { DAY } from './durations.js';

/** Days are counted as midnights UTC of the calendar date, so that no zone can move them. */
type DateOnly = number;
const date = (year: number, month: number, day: number): DateOnly => Date.UTC(year, month - 1, day);
const weekdayOf = (day: DateOnly): number => new Date(day).getUTCDay();
const isWeekend = (day: DateOnly): boolean => weekdayOf(day) === 0 || weekdayOf(day) === 6;

/** Western Easter Sunday by the anonymous Gregorian computus. */
const easter = (year: number): DateOnly => {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const epact =
    (19 * golden +
      century -
      Math.floor(century / 4) -
      Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3) +
      15) %
    30;
  const shift = (32 + 2 * (century % 4) + 2 * Math.floor((year % 100) / 4) - epact - (year % 4)) % 7;
  const month = Math.floor((golden + 11 * epact + 22 * shift) / 451);
  const days = epact + shift - 7 * month + 114;
  return date(year, Math.floor(days / 31), (days % 31) + 1);
};

const firstMonday = (year: number, month: number): DateOnly => {
  const first = date(year, month, 1);
  return first + ((8 - weekdayOf(first)) % 7) * DAY;
};
const lastMonday = (year: number, month: number): DateOnly => {
  const last = date(year, month, 31);
  return last - ((weekdayOf(last) + 6) % 7) * DAY;
};

/** Days that the King proclaimed once. */
const PROCLAIMED: Readonly<Partial<Record<Nation, readonly DateOnly[]>>> = { scotland: [date(2026, 6, 15)] };

/** Holidays tied to a date move to the next free weekday when they fall on a weekend; the others never do. */
const rulesOf = (year: number, nation: Nation): { fixed: DateOnly[]; floating: DateOnly[] } => {
  const sunday = easter(year);
  const fixed = [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)];
  const floating = [sunday - 2 * DAY, firstMonday(year, 5), lastMonday(year, 5)];
  if (nation === 'scotland') {
    fixed.push(date(year, 1, 2), date(year, 11, 30));
    floating.push(firstMonday(year, 8));
  } else {
    floating.push(sunday + DAY, lastMonday(year, 8));
  }
  if (nation === 'northern-ireland') fixed.push(date(year, 3, 17), date(year, 7, 12));
  floating.push(...(PROCLAIMED[nation] ?? []).filter((day) => new Date(day).getUTCFullYear() === year));
  return { fixed: fixed.sort((a, b) => a - b), floating };
};

const compute = (year: number, nation: Nation): ReadonlySet<DateOnly> => {
  const { fixed, floating } = rulesOf(year, nation);
  const days = new Set([...floating, ...fixed.filter((day) => !isWeekend(day))]);
  for (const day of fixed.filter(isWeekend)) {
    let substitute = day;
    while (isWeekend(substitute) || days.has(substitute)) substitute += DAY;
    days.add(substitute);
  }
  return days;
};

const computed = new Map<string, ReadonlySet<DateOnly>>();
const holidaysOf = (year: number, nation: Nation): ReadonlySet<DateOnly> => {
  const key = `${nation} ${year}`;
  let days = computed.get(key);
  if (!days) computed.set(key, (days = compute(year, nation)));
  return days;
};

/** The bank holidays of a year as `YYYY-MM-DD`, in order, substitutes in place of the days they stand for. */
export const bankHolidays = (year: number, nation: Nation): string[] =>
  [...holidaysOf(year, nation)].sort((a, b) => a - b).map((day) => new Date(day).toISOString().slice(0, 10));

/** Whether people work on this date in that nation: no weekend, no bank holiday. */
export const isWorkingDay = (on: { year: number; month: number; day: number }, nation: Nation): boolean => {
  const day = date(on.year, on.month, on.day);
  return !isWeekend(day) && !holidaysOf(new Date(day).getUTCFullYear(), nation).has(day);
};
