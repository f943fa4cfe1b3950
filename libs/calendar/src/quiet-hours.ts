import { londonInstant, londonWall } from './london.js';

const FROM = 21;
const UNTIL = 8;

/** Texts and calls are held back from 21:00 to 08:00 in London: the end of the quiet, or null when nothing holds them back. */
export const quietUntil = (at: Date): Date | null => {
  const { year, month, day, hour } = londonWall(at);
  if (hour >= UNTIL && hour < FROM) return null;
  return londonInstant({ year, month, day: hour >= FROM ? day + 1 : day, hour: UNTIL });
};
