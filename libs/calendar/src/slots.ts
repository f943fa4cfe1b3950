import type { Slot } from '@app/contracts';
import { londonWall } from './london.js';

/** The slot in which an instant lies: morning 06–12, afternoon 12–18, evening from 18; the night belongs to the evening before. */
export const slotOf = (at: Date): Slot => {
  const { hour, weekday } = londonWall(at);
  const day = hour < 6 ? (weekday + 6) % 7 : weekday;
  const part = hour < 6 || hour >= 18 ? 'evening' : hour < 12 ? 'morning' : 'afternoon';
  return `${day === 0 || day === 6 ? 'weekend' : 'weekday'}-${part}`;
};
