import { DAY, HOUR, MINUTE, after, workingDaysAfter } from '@app/calendar';
import type { MessageKind, Nation } from '@app/contracts';
import type { PromiseRule } from './promise.js';

/** Ask again after 2, 5 and 9 days (product.md M4), then lapse a day later. */
export const REMINDER_DAYS = [2, 5, 9] as const;
export const LAPSE_DAY = 10;
/** A lapsed application reopens with one click for so long. */
export const REOPEN_FOR = 30 * DAY;
/** No-news messages in a row, after which only a human may speak. */
export const NO_NEWS_CAP = 3;
/** How long before its due date a promise without news is kept by saying so: 4 hours or a quarter, the shorter. */
export const LEAD = 4 * HOUR;
/** Nobody is asked to wait longer for an answer to an offer that was not answered. */
export const OFFER_SLACK = 12 * HOUR;
/** Clearance and a place in the pool are one message; so long it waits for matching's word (M6 is due within the hour). */
export const ADMISSION_PATIENCE = 10 * MINUTE;
export const RESERVE_RHYTHM = 7 * DAY;
export const LONGEST_PAUSE = 90 * DAY;

export interface RulePolicy {
  readonly kind: MessageKind;
  /** The CHECK on the row allows no promise beyond it. */
  readonly maximum: number;
  /** Whether three no-news messages in a row call for a human; a rhythm that was announced does not. */
  readonly capped: boolean;
  /** `until` is the date that others gave (respond-by, next contact, appeal), `step` the reminder that comes next. */
  readonly due: (at: Date, nation: Nation, given: { until?: Date; step?: number }) => Date;
}

const clamp = (at: Date, least: Date, most: Date): Date => (at < least ? least : at > most ? most : at);

export const PROMISE_POLICY: Readonly<Record<PromiseRule, RulePolicy>> = {
  submitted: { kind: 'M2', maximum: 14 * DAY, capped: true, due: (at, nation) => workingDaysAfter(at, 3, nation) },
  checking: { kind: 'M5', maximum: 14 * DAY, capped: true, due: (at, nation) => workingDaysAfter(at, 5, nation) },
  'awaiting-applicant': {
    kind: 'M4',
    maximum: 14 * DAY,
    capped: false,
    due: (at, _nation, { step = 0 }) => {
      const days = [...REMINDER_DAYS, LAPSE_DAY];
      return after(at, ((days[step] ?? LAPSE_DAY) - (step === 0 ? 0 : (days[step - 1] ?? LAPSE_DAY - 1))) * DAY);
    },
  },
  'decision-due': {
    kind: 'M5',
    maximum: 7 * DAY,
    capped: true,
    due: (at, nation) => workingDaysAfter(at, 1, nation),
  },
  cleared: { kind: 'M6', maximum: 31 * DAY, capped: true, due: (at) => after(at, DAY) },
  pool: {
    kind: 'M9',
    maximum: 31 * DAY,
    capped: false,
    due: (at, _nation, { until }) =>
      clamp(until ?? after(at, RESERVE_RHYTHM), after(at, 12 * HOUR), after(at, 30 * DAY)),
  },
  offer: {
    kind: 'M8',
    maximum: 31 * DAY,
    capped: false,
    due: (at, _nation, { until }) =>
      clamp(after(until ?? at, OFFER_SLACK), after(at, OFFER_SLACK), after(at, 30 * DAY)),
  },
  assigned: {
    kind: 'M12',
    maximum: 31 * DAY,
    capped: false,
    due: (at, _nation, { until }) => clamp(until ?? after(at, DAY), after(at, 2 * HOUR), after(at, 14 * DAY)),
  },
  paused: {
    kind: 'no-news',
    maximum: 92 * DAY,
    capped: false,
    due: (at, _nation, { until }) =>
      clamp(until ?? after(at, 30 * DAY), after(at, 12 * HOUR), after(at, LONGEST_PAUSE)),
  },
  declined: {
    kind: 'M7',
    maximum: 100 * DAY,
    capped: false,
    due: (at, _nation, { until }) => clamp(until ?? after(at, 28 * DAY), after(at, DAY), after(at, 99 * DAY)),
  },
  unreachable: {
    kind: 'M4',
    maximum: 14 * DAY,
    capped: true,
    due: (at, nation) => workingDaysAfter(at, 5, nation),
  },
};
