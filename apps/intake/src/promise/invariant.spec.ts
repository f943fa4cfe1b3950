import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DAY, HOUR } from '@app/calendar';
import { isTerminal, type Application, type Step } from '../application/application.js';
import { submitted, SUBMITTED_AT } from '../application/application.fixture.js';
import { followMatching, type MatchingFact } from '../application/matching.decider.js';
import {
  answerTask,
  confirmContact,
  disownContact,
  erase,
  pause,
  resume,
  withdraw,
  type Acted,
} from '../application/person.decider.js';
import { settle, type Settled } from '../application/settle.decider.js';
import { followVetting, type VettingFact } from '../application/vetting.decider.js';
import { actOnDue } from './due.decider.js';
import { notDelivered } from './not-delivered.decider.js';
import { PROMISE_POLICY } from './promise-policy.js';

type Move = (application: Application, now: Date, n: number) => Step;

const acted = (of: Application, result: Acted): Step =>
  result.is === 'done' ? result.step : { application: of, timeline: [], messages: [] };
const vetting =
  (fact: object, back = 0): Move =>
  (of, now, n) =>
    followVetting(
      of,
      { cause: `v${n}`, sequence: of.vettingSequence + 1 - back, at: now, ...fact } as VettingFact,
      now,
    );
const shift = (now: Date) => ({
  roleTitle: { en: 'Sandbags', cy: 'Bagiau tywod' },
  place: 'Oldham',
  startsAt: new Date(now.getTime() + 3 * DAY),
  endsAt: new Date(now.getTime() + 3 * DAY + 4 * HOUR),
});
const matching =
  (fact: (now: Date) => object): Move =>
  (of, now, n) =>
    followMatching(of, { cause: `m${n}`, at: now, ...fact(now) } as MatchingFact, now);

const MOVES: Record<string, Move> = {
  'identity asked': vetting({ is: 'task-set', task: 'identity', reason: 'first' }),
  'dbs asked': vetting({ is: 'task-set', task: 'dbs', reason: 'no-match' }),
  'check sent': vetting({ is: 'check-sent', check: 'identity' }),
  'check delayed': vetting({ is: 'check-delayed', check: 'identity', reason: 'provider-silent' }),
  'check done': vetting({ is: 'check-determined', check: 'identity' }),
  referred: vetting({ is: 'application-referred', check: 'dbs' }),
  cleared: vetting({ is: 'application-cleared' }),
  'cleared for some': vetting({ is: 'application-conditionally-cleared', suspended: false }),
  suspended: vetting({ is: 'application-conditionally-cleared', suspended: true }),
  declined: (of, now, n) =>
    vetting({ is: 'application-declined', reason: 'not-suitable', appealUntil: new Date(now.getTime() + 28 * DAY) })(
      of,
      now,
      n,
    ),
  'late cleared': vetting({ is: 'application-cleared' }, 3),
  admitted: matching((now) => ({
    is: 'application-admitted',
    pool: 'active',
    people: 1,
    places: 9,
    nextContactAt: new Date(now.getTime() + 7 * DAY),
  })),
  reserve: matching((now) => ({
    is: 'application-admitted',
    pool: 'reserve',
    people: 412,
    places: 60,
    nextContactAt: new Date(now.getTime() + 90 * DAY),
  })),
  'passed on': matching((now) => ({
    is: 'application-admitted',
    pool: 'referred-out',
    people: 1,
    places: 0,
    nextContactAt: now,
  })),
  offered: matching((now) => ({
    is: 'offer-made',
    offerId: 'o',
    shift: shift(now),
    respondBy: new Date(now.getTime() + 4 * HOUR),
  })),
  lapsed: matching((now) => ({ is: 'offer-lapsed', offerId: 'o', shift: shift(now) })),
  'said no': matching((now) => ({ is: 'offer-declined', offerId: 'o', shift: shift(now) })),
  'offer gone': matching((now) => ({
    is: 'offer-withdrawn',
    offerId: 'o',
    reason: 'need-cancelled',
    shift: shift(now),
  })),
  taken: matching(() => ({ is: 'offer-refused', offerId: 'o', reason: 'places-filled', shift: null })),
  assigned: matching((now) => ({ is: 'assignment-confirmed', offerId: 'o', shift: shift(now) })),
  'shift gone': matching((now) => ({
    is: 'assignment-cancelled',
    offerId: 'o',
    reason: 'need-cancelled',
    shift: shift(now),
  })),
  withdraw: (of, now) => acted(of, withdraw(of, now)),
  pause: (of, now) => acted(of, pause(of, null, now)),
  'pause long': (of, now) => acted(of, pause(of, new Date(now.getTime() + 80 * DAY), now)),
  resume: (of, now) => acted(of, resume(of, now)),
  'answer identity': (of, now) => acted(of, answerTask(of, 'identity', now)),
  'answer dbs': (of, now) => acted(of, answerTask(of, 'dbs', now)),
  confirm: (of, now) => confirmContact(of, now),
  'not me': (of, now) => disownContact(of, now),
  'message failed': (of, now) => notDelivered(of, now),
  erase: (of, now) => erase(of, now),
};

/** What the migration's CHECKs say, in code. */
const holdsPromise = ({ after }: Settled): void => {
  const { promise } = after;
  expect(isTerminal(after)).toBe(promise === null);
  if (promise === null) return;
  expect(promise.dueAt.getTime() - promise.madeAt.getTime()).toBeLessThanOrEqual(PROMISE_POLICY[promise.rule].maximum);
  expect(promise.number).toBe(after.promises);
};

const step = fc.record({ move: fc.constantFrom(...Object.keys(MOVES)), hours: fc.integer({ min: 0, max: 200 }) });

describe('invariant P', () => {
  test('whatever happens in whatever order, an open application holds exactly one promise within its policy', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let application = submitted();
        let now = SUBMITTED_AT;
        const seen = new Set<number>();
        for (const [n, { move, hours }] of steps.entries()) {
          now = new Date(now.getTime() + hours * HOUR);
          for (const decide of [
            (of: Application) => actOnDue(of, now),
            (of: Application) => MOVES[move]!(of, now, n),
          ]) {
            const settled = settle(application, [decide]);
            holdsPromise(settled);
            // Every promise that was replaced is closed once, and only once.
            if (settled.closing) {
              expect(seen.has(settled.closing.number)).toBe(false);
              seen.add(settled.closing.number);
            }
            expect(settled.after.version).toBeGreaterThanOrEqual(settled.before.version);
            application = settled.after;
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('while the sweeper runs, nobody passes their day without a word, a reminder, or a human who was called', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.constantFrom('confirmed', 'unconfirmed'), (steps, contact) => {
        let application = submitted({ contact: contact as Application['contact'] });
        const acts = new Map(steps.map(({ move, hours }, n) => [Math.floor(hours * 3.6), { move, n }]));
        for (let hour = 0; hour < 24 * 30; hour++) {
          const now = new Date(SUBMITTED_AT.getTime() + hour * HOUR);
          application = settle(application, [(of) => actOnDue(of, now)]).after;
          const { promise } = application;
          if (promise !== null && promise.dueAt < now) expect(application.humanSince).not.toBeNull();
          const act = acts.get(hour);
          if (act) application = settle(application, [(of) => MOVES[act.move]!(of, now, act.n)]).after;
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a batch of facts makes one change: one promise closed, one opened', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.keys(MOVES)), { minLength: 1, maxLength: 12 }), (moves) => {
        const before = submitted();
        const settled = settle(
          before,
          moves.map((move, n) => (of: Application) => MOVES[move]!(of, SUBMITTED_AT, n)),
        );
        holdsPromise(settled);
        if (settled.after.promise?.number !== before.promise!.number) expect(settled.closing).not.toBeNull();
        if (settled.after.promise !== null)
          expect(settled.after.promise.number - before.promises).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});
