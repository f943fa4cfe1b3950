import type { Unreadable } from '../envelope.js';

/** After the first failure: three tries within half a minute, then a person decides. */
const WAITS_MS = [1_000, 5_000, 15_000];

export type NextTry = { is: 'again'; at: Date } | { is: 'parked' };

/** @param attempts how often the letter was tried since it was written */
export const nextTry = (attempts: number, now: Date): NextTry => {
  const wait = WAITS_MS[attempts];
  return wait === undefined ? { is: 'parked' } : { is: 'again', at: new Date(now.getTime() + wait) };
};

/** What no schema accepts will not be accepted in five seconds either. */
export const isHopeless = (reason: Unreadable | 'handler-failed' | 'too-old'): boolean => reason !== 'handler-failed';
