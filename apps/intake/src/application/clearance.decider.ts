import { promise, soon } from '../promise/promise.decider.js';
import { isCleared, type Application, type MessageDraft, type Step } from './application.js';

const BEFORE_CLEARANCE = ['submitted', 'checking', 'awaiting-applicant', 'decision-due'];

/** Cleared, and not told so yet. */
export const isUntoldClearance = (of: Pick<Application, 'state' | 'promise'>): boolean =>
  isCleared(of.state) && of.promise !== null && BEFORE_CLEARANCE.includes(of.promise.rule);

export const clearanceNews = (
  of: Application,
  kind: 'M6' | 'M9',
  cause: string,
  facts: MessageDraft['facts'] = {},
): MessageDraft => ({
  kind,
  urgency: 'P3',
  facts: { ...facts, conditional: of.state === 'cleared-conditional' },
  cause,
  purpose: kind,
  news: true,
});

/**
 * Clearance and a place in the pool are one message: M6, or M9 where no place is open. They come from two apps in
 * any order; the last to come speaks. Until then the promise that stands acts soon, so that clearance alone is told in time.
 */
export const clearanceWord = (
  of: Application,
  cause: string,
  now: Date,
  until?: Date,
): Pick<Step, 'application' | 'messages'> => {
  if (of.pool === null) return { application: { ...of, promise: soon(of.promise!, now) }, messages: [] };
  return of.pool === 'reserve' && of.people !== null && of.places !== null
    ? {
        application: { ...of, promise: promise('pool', now, of.nation, { until }) },
        messages: [clearanceNews(of, 'M9', cause, { people: of.people, places: of.places })],
      }
    : {
        application: { ...of, promise: promise('cleared', now, of.nation) },
        messages: [clearanceNews(of, 'M6', cause)],
      };
};
