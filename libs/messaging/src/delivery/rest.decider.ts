/** While people wait at a front door, work that can be done later has a tenth of the time; nobody rests longer than this (ms). */
const MOST_TIMES = 9;
const MOST_MS = 2000;

/** How long a consumer rests after a turn, in times of that turn: grows fast while it is crowded, and shrinks as calm lasts. */
export const restTimes = (before: number, crowded: boolean): number =>
  crowded ? Math.min(MOST_TIMES, before * 2 + 1) : before < 0.5 ? 0 : before / 2;

export const restMs = (workedMs: number, times: number): number => Math.min(MOST_MS, workedMs * times);
