import { DAY, HOUR, after } from '@app/calendar';
import type { Tier } from '@app/contracts';

export type NeedState =
  | 'drafted'
  | 'verified'
  | 'open'
  | 'part-filled'
  | 'filled'
  | 'in-progress'
  | 'met'
  | 'at-risk'
  | 'escalated'
  | 'unmet-closed'
  | 'cancelled';

export interface NeedFacts {
  readonly state: NeedState;
  readonly places: number;
  readonly filled: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

export interface NeedPromise {
  readonly madeAt: Date;
  readonly dueAt: Date;
}

export const isOver = (state: NeedState): boolean => ['met', 'unmet-closed', 'cancelled'].includes(state);

/** Whoever asked hears within four hours whether their need was verified, then each day how it stands (M17). */
export const promise = (state: NeedState, now: Date): NeedPromise | null =>
  isOver(state) ? null : { madeAt: now, dueAt: after(now, state === 'drafted' ? 4 * HOUR : DAY) };

export type VerifyDecision =
  | { readonly is: 'verified'; readonly state: 'open' }
  | { readonly is: 'already' }
  | { readonly is: 'refused'; readonly code: 'need-over' | 'need-already-past' | 'regulated-activity-needs-dbs' };

/** Work with children or adults at risk that the law regulates is open only to a role whose people are checked for it. */
export function verify(need: NeedFacts, tier: Tier, regulatedActivity: boolean, now: Date): VerifyDecision {
  if (isOver(need.state)) return { is: 'refused', code: 'need-over' };
  if (need.state !== 'drafted') return { is: 'already' };
  if (need.endsAt <= now) return { is: 'refused', code: 'need-already-past' };
  if (regulatedActivity && tier !== 'high') return { is: 'refused', code: 'regulated-activity-needs-dbs' };
  return { is: 'verified', state: 'open' };
}

/** What matching's absolute numbers make of a need. */
export function staffed(need: NeedFacts, filled: number): NeedState {
  if (!['verified', 'open', 'part-filled', 'filled', 'at-risk'].includes(need.state)) return need.state;
  if (filled >= need.places) return 'filled';
  return filled > 0 ? 'part-filled' : 'open';
}

/** What the clock makes of a need that is not over: its shift starts, and ends. */
export function inTime(need: NeedFacts, now: Date): NeedState {
  if (isOver(need.state)) return need.state;
  if (now >= need.endsAt && need.state === 'drafted') return 'cancelled';
  if (now >= need.endsAt) return need.filled > 0 ? 'met' : 'unmet-closed';
  if (now >= need.startsAt && need.filled > 0 && need.state !== 'drafted') return 'in-progress';
  return need.state;
}

export type Outcome = 'kept-with-news' | 'broken';

/** A promise about a need was kept when the need moved between its making and its date. */
export const judge = (made: Date, lastNews: Date | null): Outcome =>
  lastNews && lastNews > made ? 'kept-with-news' : 'broken';
