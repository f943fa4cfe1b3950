import { after, DAY, HOUR } from '@app/calendar';
import type { MessageFacts, MessageKind, PoolState, PublicNames, Urgency } from '@app/contracts';
import type { z } from 'zod';
import { promise } from '../promise/promise.decider.js';
import {
  isCleared,
  isTerminal,
  type Application,
  type MessageDraft,
  type Step,
  type TimelineEntry,
} from './application.js';
import { clearanceWord, isUntoldClearance } from './clearance.decider.js';

interface Told {
  readonly cause: string;
  readonly at: Date;
}

export interface Shift {
  readonly roleTitle: z.infer<typeof PublicNames>;
  readonly place: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** What matching said. `shift` is null when the offer itself has not been heard of yet. */
export type MatchingFact = Told &
  (
    | {
        readonly is: 'application-admitted';
        readonly pool: PoolState;
        readonly people: number;
        readonly places: number;
        readonly nextContactAt: Date;
      }
    | { readonly is: 'offer-made'; readonly offerId: string; readonly shift: Shift; readonly respondBy: Date }
    | { readonly is: 'offer-lapsed' | 'offer-declined'; readonly offerId: string; readonly shift: Shift | null }
    | {
        readonly is: 'offer-withdrawn' | 'offer-refused' | 'assignment-cancelled';
        readonly offerId: string;
        readonly reason: string;
        readonly shift: Shift | null;
      }
    | { readonly is: 'assignment-confirmed'; readonly offerId: string; readonly shift: Shift }
  );

/** A fact of matching met an application. Whether an offer had moved on already is the offer's own rule, asked before. */
export const followMatching = (before: Application, fact: MatchingFact, now: Date): Step => {
  const timeline = [entryOf(fact)];
  if (isTerminal(before)) return { application: before, timeline, messages: [] };
  return { timeline, ...decide(before, fact, now) };
};

const decide = (of: Application, fact: MatchingFact, now: Date): Pick<Step, 'application' | 'messages'> => {
  switch (fact.is) {
    case 'application-admitted': {
      if (of.poolAt !== null && fact.at <= of.poolAt) return { application: of, messages: [] };
      const joined: Application = {
        ...of,
        pool: fact.pool,
        poolAt: fact.at,
        people: fact.people,
        places: fact.places,
      };
      if (isTerminal(joined)) return { application: { ...joined, promise: null }, messages: [] };
      // Vetting's own word is still on its way, and will be said together with this one.
      if (!isCleared(of.state)) return { application: joined, messages: [] };
      if (isUntoldClearance(of)) return clearanceWord(joined, fact.cause, now, fact.nextContactAt);
      // In the active pool the next word is an offer: the day that clearance promised stands.
      if (fact.pool !== 'reserve') return { application: joined, messages: [] };
      return {
        application: { ...joined, promise: promise('pool', now, of.nation, { until: fact.nextContactAt }) },
        messages: [say('M9', 'P3', fact, { people: fact.people, places: fact.places })],
      };
    }
    case 'offer-made':
      return {
        application: { ...of, promise: promise('offer', now, of.nation, { until: fact.respondBy }) },
        messages: [
          say('M8', 'P2', fact, {
            offerId: fact.offerId,
            ...shiftFacts(fact.shift),
            respondBy: fact.respondBy.toISOString(),
          }),
        ],
      };
    case 'offer-lapsed':
      return inLine(of, now, [say('no-news', 'P4', fact, { reason: 'offer-lapsed', ...shiftFacts(fact.shift) })]);
    case 'offer-declined':
      return inLine(of, now, []);
    case 'offer-withdrawn':
    case 'offer-refused':
      return inLine(of, now, [
        say('M14', 'P2', fact, { offerId: fact.offerId, reason: fact.reason, ...shiftFacts(fact.shift) }),
      ]);
    case 'assignment-confirmed':
      return {
        application: { ...of, promise: promise('assigned', now, of.nation, { until: nextWord(fact.shift, now) }) },
        messages: [say('M12', 'P2', fact, { offerId: fact.offerId, ...shiftFacts(fact.shift) })],
      };
    case 'assignment-cancelled':
      return inLine(of, now, [
        say('M12', 'P1', fact, { offerId: fact.offerId, reason: fact.reason, ...shiftFacts(fact.shift) }),
      ]);
  }
};

/** Back in line, with the rhythm of the reserve. */
const inLine = (of: Application, now: Date, messages: MessageDraft[]): Pick<Step, 'application' | 'messages'> => ({
  application: { ...of, promise: promise('pool', now, of.nation) },
  messages,
});

/** A day before the shift; when that is near or past, the day after it. */
const nextWord = (shift: Shift, now: Date): Date => {
  const before = after(shift.startsAt, -DAY);
  return before > after(now, 2 * HOUR) ? before : after(shift.endsAt, DAY);
};

const shiftFacts = (shift: Shift | null): MessageFacts =>
  shift
    ? {
        roleTitle: shift.roleTitle,
        place: shift.place,
        startsAt: shift.startsAt.toISOString(),
        endsAt: shift.endsAt.toISOString(),
      }
    : {};

const say = (kind: MessageKind, urgency: Urgency, fact: Told, facts: MessageFacts): MessageDraft => ({
  kind,
  urgency,
  facts,
  cause: fact.cause,
  purpose: kind,
  news: true,
});

const entryOf = (fact: MatchingFact): TimelineEntry => {
  switch (fact.is) {
    case 'application-admitted':
      return { at: fact.at, code: `pool-${fact.pool}`, facts: { people: fact.people, places: fact.places } };
    case 'offer-withdrawn':
    case 'offer-refused':
    case 'assignment-cancelled':
      return { at: fact.at, code: fact.is, facts: { reason: fact.reason } };
    default:
      return { at: fact.at, code: fact.is };
  }
};
