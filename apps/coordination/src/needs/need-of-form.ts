import { londonInstant } from '@app/calendar';

/**
 * A form asks for a day and two London times; the API takes instants. What cannot be read stays as it was typed, for the
 * schema to refuse.
 */
export function needFromForm(typed: Record<string, unknown>): Record<string, unknown> {
  const { day, startTime, endTime, ...rest } = typed;
  const startsAt = instant(day, startTime, 0);
  const endsAt = instant(day, endTime, 0);
  // A shift that ends before it starts ends on the next day.
  const overnight = startsAt && endsAt && endsAt <= startsAt ? instant(day, endTime, 1) : endsAt;
  return {
    ...rest,
    startsAt: startsAt?.toISOString() ?? startTime,
    endsAt: overnight?.toISOString() ?? endTime,
  };
}

function instant(day: unknown, time: unknown, plusDays: number): Date | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(String(day)) ?? [];
  const [, hour, minute] = /^([01]?\d|2[0-3])[:.]?([0-5]\d)$/.exec(String(time)) ?? [];
  if (!year || !hour) return null;
  const noon = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date) + plusDays, 12));
  if (plusDays === 0 && noon.getUTCDate() !== Number(date)) return null;
  return londonInstant({
    year: noon.getUTCFullYear(),
    month: noon.getUTCMonth() + 1,
    day: noon.getUTCDate(),
    hour: Number(hour),
    minute: Number(minute),
    second: 0,
    millisecond: 0,
  });
}
