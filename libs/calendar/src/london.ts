import { DAY, HOUR } from './durations.js';

/** What a clock on a London wall shows. `month` is 1–12, `weekday` 0 (Sunday) – 6. */
export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly weekday: number;
}

/** Midnight UTC of the last Sunday of a month of 31 days. */
const lastSunday = (year: number, month: number): number => {
  const last = Date.UTC(year, month - 1, 31);
  return last - new Date(last).getUTCDay() * DAY;
};

/** Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October. */
const offsetAt = (at: number): number => {
  const year = new Date(at).getUTCFullYear();
  return at >= lastSunday(year, 3) + HOUR && at < lastSunday(year, 10) + HOUR ? HOUR : 0;
};

export const londonWall = (at: Date): Wall => {
  const shown = new Date(at.getTime() + offsetAt(at.getTime()));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    millisecond: shown.getUTCMilliseconds(),
    weekday: shown.getUTCDay(),
  };
};

/**
 * The instant at which a London clock shows the given time. Fields may overflow, as with `Date.UTC`.
 * The hour that comes twice in October is the first one; the hour that is skipped in March is read an hour later.
 */
export const londonInstant = (wall: {
  year: number;
  month: number;
  day: number;
  hour?: number;
  minute?: number;
  second?: number;
  millisecond?: number;
}): Date => {
  const shown = Date.UTC(
    wall.year,
    wall.month - 1,
    wall.day,
    wall.hour ?? 0,
    wall.minute ?? 0,
    wall.second ?? 0,
    wall.millisecond ?? 0,
  );
  const summer = shown - HOUR;
  return new Date(offsetAt(summer) === HOUR ? summer : shown);
};
