import { readJson, writePrivate, type Home } from './home.js';
import { StackProblem } from './problem.js';

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `+30d`, `-90m`, `reset` → the new offset in milliseconds. */
export const movedBy = (offsetMs: number, asked: string): number => {
  if (asked === 'reset') return 0;
  const [, sign, amount, unit] = /^([+-])(\d{1,6})([smhdw])$/.exec(asked) ?? [];
  if (!unit)
    throw new StackProblem(`"${asked}" is not a way to move the clock; say for example +30d, -2h, +15m or reset.`);
  return offsetMs + (sign === '-' ? -1 : 1) * Number(amount) * UNITS[unit]!;
};

/** Moves the clock that every app of this home reads; returns what it shows now. */
export const moveClock = (home: Home, asked: string): Date => {
  const file = home.at('clock.json');
  const offsetMs = movedBy(readJson<{ offsetMs: number }>(file)?.offsetMs ?? 0, asked);
  writePrivate(file, `${JSON.stringify({ offsetMs })}\n`);
  return new Date(Date.now() + offsetMs);
};
