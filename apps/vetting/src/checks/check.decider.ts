import type { CheckOutcome } from '@app/contracts';
import { after, DAY, MINUTE, SECOND } from '@app/calendar';
import type { Check } from './check.js';

/** What came of asking a provider; every case is one that we understood, everything else is `no-answer`. */
export type Landing =
  | { readonly is: 'clear'; readonly code: string; readonly result: string; readonly version: number }
  | {
      readonly is: 'needs-human';
      readonly code: string;
      readonly reason: string;
      readonly result: string | null;
      readonly version: number | null;
    }
  | { readonly is: 'ask-again'; readonly code: string; readonly reason: string }
  | { readonly is: 'taken'; readonly session: string; readonly silentAt: Date }
  | { readonly is: 'still-pending' }
  | { readonly is: 'no-answer' }
  | { readonly is: 'not-asked'; readonly retryInMs: number };

export type CheckFact =
  | { readonly is: 'task-set'; readonly reason: string }
  | { readonly is: 'sent' }
  | { readonly is: 'referred' }
  | { readonly is: 'determined'; readonly outcome: CheckOutcome };

export interface Decided {
  readonly check: Check;
  readonly facts: readonly CheckFact[];
}

export const RESULT_KEPT_DAYS = 180;

export const isWithProvider = (check: Check): boolean =>
  check.state === 'with-provider' || check.state === 'provider-error';
export const isOpen = (check: Check): boolean => !['determined', 'expired', 'cancelled'].includes(check.state);
export const isSuitable = (check: Check | undefined): boolean =>
  check?.state === 'determined' && check.outcome !== 'not-suitable';

/** What makes a person's supervised start end too, before anybody has decided. */
const ADVERSE = new Set(['certificate-replaced', 'certificate-shared', 'identity-mismatch', 'identity-unproven']);
export const isAdverse = (check: Check): boolean =>
  check.outcome === 'not-suitable' ||
  check.proposedOutcome === 'not-suitable' ||
  (isOpen(check) && check.reasonCode !== null && ADVERSE.has(check.reasonCode));

/** The person is asked, or, when the answers came early, the provider is. */
export function asked(check: Check, now: Date): Decided {
  if (check.state !== 'required') return { check, facts: [] };
  if (check.answers !== null) return { check: dueIn(0, { ...check, state: 'with-provider' }, now), facts: [] };
  return { check: { ...check, state: 'with-applicant' }, facts: [{ is: 'task-set', reason: 'first' }] };
}

export interface Answered {
  readonly answers: string;
  readonly version: number;
  readonly at: Date;
}

/** The person answered; the newest answers count until a provider has spoken. */
export function answered(check: Check, given: Answered, now: Date): Decided {
  const kept = { answers: given.answers, answersVersion: given.version, answeredAt: given.at };
  switch (check.state) {
    case 'required':
      return { check: { ...check, ...kept }, facts: [] };
    case 'with-applicant':
      return {
        check: dueIn(0, { ...check, ...kept, state: 'with-provider', tries: 0, delayedAt: null }, now),
        facts: [],
      };
    case 'with-provider':
    case 'provider-error': {
      const anew = { ...check, ...kept, state: 'with-provider' as const, attempt: check.attempt + 1 };
      return { check: dueIn(0, { ...anew, session: null, sentAt: null, silentAt: null, tries: 0 }, now), facts: [] };
    }
    default:
      return { check, facts: [] };
  }
}

/** What a provider's answer means; to an earlier attempt, or after the end, it means nothing. */
export function landed(check: Check, attempt: number, landing: Landing, now: Date): Decided {
  if (!isWithProvider(check) || check.attempt !== attempt) return { check, facts: [] };
  switch (landing.is) {
    case 'not-asked':
      return { check: dueIn(landing.retryInMs, check, now), facts: [] };
    case 'no-answer': {
      const tries = check.tries + 1;
      const pause = pauseAfter(tries, check.checkId);
      return { check: dueIn(pause, { ...check, state: 'provider-error', tries }, now), facts: [] };
    }
    case 'taken':
    case 'still-pending': {
      const sentAt = check.sentAt ?? now;
      const session = landing.is === 'taken' ? landing.session : check.session;
      const silentAt = landing.is === 'taken' ? (check.silentAt ?? landing.silentAt) : check.silentAt;
      const next = { ...check, state: 'with-provider' as const, sentAt, session, silentAt, tries: 0 };
      return {
        check: dueIn(lookAgainAfter(check), next, now),
        facts: check.sentAt ? [] : [{ is: 'sent' }],
      };
    }
    case 'ask-again': {
      const again = {
        ...resting(check),
        state: 'with-applicant' as const,
        attempt: check.attempt + 1,
        answers: null,
        answersVersion: null,
        answeredAt: null,
        session: null,
        sentAt: null,
        silentAt: null,
        resultCode: landing.code,
        reasonCode: landing.reason,
      };
      return { check: again, facts: [{ is: 'task-set', reason: landing.reason }] };
    }
    case 'needs-human':
      return referred({ ...check, ...resultOf(landing) }, landing.reason, now);
    case 'clear':
      return determined({ ...check, ...resultOf(landing), reasonCode: null }, 'suitable', null, now);
  }
}

/** Only a person can decide: also a result that had been clear, when a doubt comes up later. */
export function referred(check: Check, reason: string, now: Date): Decided {
  if (check.state === 'cancelled') return { check, facts: [] };
  if (check.state === 'result-in') return { check: { ...check, reasonCode: reason }, facts: [] };
  return {
    check: {
      ...resting(check),
      state: 'result-in',
      reasonCode: reason,
      referredAt: now,
      outcome: null,
      determinedAt: null,
      determinedBy: null,
      purgeAt: null,
      proposedOutcome: null,
      proposedReason: null,
      proposedBy: null,
    },
    facts: [{ is: 'referred' }],
  };
}

export type Refusal = 'check-not-open' | 'second-person-needed' | 'nothing-to-confirm';
export type Ruling =
  { readonly is: 'refused'; readonly code: Refusal } | ({ readonly is: 'proposed' | 'determined' } & Decided);

/** An officer decides; to be found not suitable takes two of them. */
export function ruled(check: Check, by: string, ruling: { outcome: CheckOutcome; reason: string }, now: Date): Ruling {
  if (check.state !== 'result-in') return { is: 'refused', code: 'check-not-open' };
  if (ruling.outcome !== 'not-suitable') {
    const open = { ...check, reasonCode: ruling.reason, proposedOutcome: null, proposedReason: null, proposedBy: null };
    return { is: 'determined', ...determined(open, ruling.outcome, by, now) };
  }
  return {
    is: 'proposed',
    check: { ...check, proposedOutcome: ruling.outcome, proposedReason: ruling.reason, proposedBy: by },
    facts: [],
  };
}

export function confirmed(check: Check, by: string, now: Date): Ruling {
  if (check.state !== 'result-in') return { is: 'refused', code: 'check-not-open' };
  if (!check.proposedOutcome || !check.proposedBy) return { is: 'refused', code: 'nothing-to-confirm' };
  if (check.proposedBy === by) return { is: 'refused', code: 'second-person-needed' };
  const decided = determined({ ...check, reasonCode: check.proposedReason }, check.proposedOutcome, by, now);
  return { is: 'determined', ...decided };
}

export function cancelled(check: Check): Check {
  return isOpen(check) ? { ...resting(check), state: 'cancelled' } : check;
}

const determined = (check: Check, outcome: CheckOutcome, by: string | null, now: Date): Decided => ({
  check: {
    ...resting(check),
    state: 'determined',
    outcome,
    determinedAt: now,
    determinedBy: by,
    purgeAt: after(now, RESULT_KEPT_DAYS * DAY),
  },
  facts: [{ is: 'determined', outcome }],
});

const resultOf = (landing: { code: string; result: string | null; version: number | null }) => ({
  resultCode: landing.code,
  result: landing.result,
  resultVersion: landing.version,
});

const resting = (check: Check): Check => ({
  ...check,
  ...{ nextTryAt: null, waitsSince: null, queuedAt: null, tries: 0, delayedAt: null },
});
const dueIn = (ms: number, check: Check, now: Date): Check => ({
  ...check,
  ...{ nextTryAt: after(now, ms), waitsSince: now, queuedAt: null, round: check.round + 1 },
});

/** 1, 2, 4 … 60 s, spread by a quarter so that a provider that comes back is not met by all at once. */
function pauseAfter(tries: number, id: string): number {
  const base = Math.min(60, 2 ** (tries - 1)) * SECOND;
  return base + (base / 4) * (Number.parseInt(id.slice(-2), 16) / 255);
}

/** A session waits for a person: soon at first, then in ever longer steps, up to five minutes; its age is none that a clock could leap over. */
function lookAgainAfter({ state, sentAt, waitsSince, nextTryAt }: Check): number {
  const waited = state === 'with-provider' && sentAt && waitsSince && nextTryAt ? +nextTryAt - +waitsSince : 0;
  return Math.min(5 * MINUTE, Math.max(SECOND / 2, Math.round(waited * 1.25)));
}
