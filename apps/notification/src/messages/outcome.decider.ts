import { after, HOUR, MINUTE, SECOND } from '@app/calendar';

/** What a provider said, or did not say. */
export type Outcome =
  | { readonly is: 'sent' }
  /** The provider will never take this one. */
  | { readonly is: 'refused'; readonly reason: string }
  /** The provider works and does not take this one now: greylisting, a full mailbox. */
  | { readonly is: 'later'; readonly reason: string }
  /** Nobody answered, or it is too busy: says nothing about the message. */
  | { readonly is: 'away'; readonly reason: string; readonly retryInMs?: number }
  /** It may have been taken: the connection died after the text had gone. */
  | { readonly is: 'uncertain' };

export interface Tried {
  readonly attempts: number;
  readonly requestedAt: Date;
  readonly promiseDueAt: Date | null;
}

export type Next =
  | { readonly state: 'sent'; readonly sentAt: Date }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'created'; readonly nextTryAt: Date; readonly attempts: number; readonly reason: string }
  | { readonly state: 'sending' };

const PAUSES = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR];
const AWAY_FROM = 2 * SECOND;
const AWAY_TO = MINUTE;
/** Old news helps nobody; the promise has long been broken, and visibly. */
const WORTH_TRYING = 72 * HOUR;

/** `attempts` counts this one. */
export const next = (tried: Tried, outcome: Outcome, now: Date): Next => {
  switch (outcome.is) {
    case 'sent':
      return { state: 'sent', sentAt: now };
    case 'refused':
      return { state: 'failed', reason: outcome.reason };
    case 'later': {
      const pause = PAUSES[tried.attempts - 1];
      if (pause === undefined) return { state: 'failed', reason: outcome.reason };
      return { state: 'created', nextTryAt: after(now, pause), attempts: tried.attempts, reason: outcome.reason };
    }
    case 'away': {
      if (now.getTime() - tried.requestedAt.getTime() > WORTH_TRYING)
        return { state: 'failed', reason: outcome.reason };
      const pause = outcome.retryInMs ?? Math.min(AWAY_TO, AWAY_FROM * 2 ** Math.min(tried.attempts, 6));
      return { state: 'created', nextTryAt: after(now, pause), attempts: tried.attempts - 1, reason: outcome.reason };
    }
    case 'uncertain':
      // Left as it is: the sweeper asks the provider, or repeats a mail once.
      return { state: 'sending' };
  }
};
