import type { Nation } from '@app/contracts';
import { isWorkingDay } from './bank-holidays.js';
import { DAY } from './durations.js';
import { londonInstant, londonWall } from './london.js';

/** The same London wall time `days` working days later; the day of `from` itself does not count. 0 is `from`. */
export const workingDaysAfter = (from: Date, days: number, nation: Nation): Date => {
  if (!Number.isInteger(days) || days < 0) throw new RangeError(`working days: ${days}`);
  const wall = londonWall(from);
  let midnight = Date.UTC(wall.year, wall.month - 1, wall.day);
  for (let left = days; left > 0;) {
    midnight += DAY;
    const on = new Date(midnight);
    if (isWorkingDay({ year: on.getUTCFullYear(), month: on.getUTCMonth() + 1, day: on.getUTCDate() }, nation))
      left -= 1;
  }
  if (days === 0) return new Date(from);
  const on = new Date(midnight);
  return londonInstant({ ...wall, year: on.getUTCFullYear(), month: on.getUTCMonth() + 1, day: on.getUTCDate() });
};
