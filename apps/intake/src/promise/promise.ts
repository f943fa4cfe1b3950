import type { MessageKind } from '@app/contracts';

/** What the open promise waits for; each rule has its own interval in `promise-policy.ts`. */
export const PROMISE_RULES = [
  'submitted',
  'checking',
  'awaiting-applicant',
  'decision-due',
  'cleared',
  'pool',
  'offer',
  'assigned',
  'paused',
  'declined',
  'unreachable',
] as const;
export type PromiseRule = (typeof PROMISE_RULES)[number];

/** The one dated promise that an open application holds. */
export interface OpenPromise {
  readonly rule: PromiseRule;
  /** The message in which it stands. */
  readonly kind: MessageKind;
  /** Counts the promises of one application from 1. */
  readonly number: number;
  readonly madeAt: Date;
  readonly dueAt: Date;
  /** When the sweeper acts if there is still nothing new; null: only a human can. */
  readonly actAt: Date | null;
  /** How many no-news messages in a row stand before it. */
  readonly noNews: number;
  /** Since when it counts as broken; it is still owed. */
  readonly brokenAt: Date | null;
}

export type PromiseOutcome = 'kept-with-news' | 'kept-no-news' | 'not-reached' | 'broken';
