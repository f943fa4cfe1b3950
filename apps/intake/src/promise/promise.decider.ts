import { after } from '@app/calendar';
import type { Nation } from '@app/contracts';
import { ADMISSION_PATIENCE, LEAD, NO_NEWS_CAP, PROMISE_POLICY } from './promise-policy.js';
import type { OpenPromise, PromiseOutcome, PromiseRule } from './promise.js';

export interface Given {
  readonly until?: Date;
  readonly step?: number;
  readonly noNews?: number;
}

/** A new promise under a rule. `number` is set when the row is settled: promises that nobody was told of have none. */
export const promise = (rule: PromiseRule, at: Date, nation: Nation, given: Given = {}): OpenPromise => {
  const policy = PROMISE_POLICY[rule];
  const dueAt = policy.due(at, nation, given);
  return {
    rule,
    kind: policy.kind,
    number: 0,
    madeAt: at,
    dueAt,
    actAt: actAt(rule, at, dueAt),
    noNews: given.noNews ?? 0,
    brokenAt: null,
  };
};

/** Reminders and the end of an appeal come on their day; everything else a lead before it, so that the message is there in time. */
const actAt = (rule: PromiseRule, madeAt: Date, dueAt: Date): Date => {
  if (rule === 'declined') return dueAt;
  const interval = dueAt.getTime() - madeAt.getTime();
  return after(dueAt, -Math.min(LEAD, interval / 4));
};

/** May a no-news message keep it, or must a human act? */
export const mayStaySilent = (open: OpenPromise): boolean =>
  !PROMISE_POLICY[open.rule].capped || open.noNews < NO_NEWS_CAP;

/** Waits for a human: the date stands, the sweeper does not come again. */
export const forHuman = (open: OpenPromise): OpenPromise => ({ ...open, actAt: null });

/** The same promise, with an act that comes sooner: there is news, and somebody else's word should go with it. */
export const soon = (open: OpenPromise, now: Date): OpenPromise => {
  const at = [open.actAt ?? open.dueAt, open.dueAt, after(now, ADMISSION_PATIENCE)];
  return { ...open, actAt: at.reduce((least, one) => (one < least ? one : least)) };
};

/** Judged by the time of sending, not by when the news of it arrived. */
export const judge = (dueAt: Date, sentAt: Date, news: boolean): PromiseOutcome =>
  sentAt > dueAt ? 'broken' : news ? 'kept-with-news' : 'kept-no-news';

export type HorizonVerdict = 'wait' | 'broken';

/** A late message is seen only once intake has read past the due time; after an hour of silence from there it counts as broken. */
export const judgeUnsent = (dueAt: Date, now: Date, consumedUntil: Date | null, patience: number): HorizonVerdict =>
  now > dueAt && ((consumedUntil !== null && consumedUntil > dueAt) || now.getTime() - dueAt.getTime() > patience)
    ? 'broken'
    : 'wait';
