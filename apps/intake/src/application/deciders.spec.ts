import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR } from '@app/calendar';
import { actOnDue } from '../promise/due.decider.js';
import { submitted, SUBMITTED_AT as NOW } from './application.fixture.js';
import type { Application, Step } from './application.js';
import { followMatching, type MatchingFact } from './matching.decider.js';
import { answerTask, pause, resume, withdraw } from './person.decider.js';
import { settle } from './settle.decider.js';
import { followVetting, type VettingFact } from './vetting.decider.js';

let facts = 0;
const told = (fact: object, over: object = {}): VettingFact =>
  ({ cause: `e${++facts}`, sequence: facts, at: NOW, ...fact, ...over }) as VettingFact;
const follow = (of: Application, ...given: VettingFact[]): Application =>
  given.reduce((so, fact) => followVetting(so, fact, NOW).application, of);
const kinds = (step: Step): string[] => step.messages.map(({ kind }) => kind);
const IDENTITY = { is: 'task-set', task: 'identity', reason: 'first' };
const DBS = { is: 'task-set', task: 'dbs', reason: 'first' };

describe('following vetting', () => {
  test('what is asked of the person is a task, a message and a date', () => {
    const step = followVetting(submitted(), told(IDENTITY), NOW);
    expect(step.application).toMatchObject({ state: 'awaiting-applicant', promise: { rule: 'awaiting-applicant' } });
    expect(step.application.tasks).toMatchObject([{ code: 'identity', status: 'not-started', reason: 'first' }]);
    expect(kinds(step)).toEqual(['M4']);
  });

  test('a check with its provider keeps waiting for the person while something else is asked', () => {
    const both = follow(submitted(), told(IDENTITY), told(DBS));
    expect(follow(both, told({ is: 'check-sent', check: 'identity' })).state).toBe('awaiting-applicant');
    const one = answerTask(both, 'dbs', NOW);
    expect(one.is === 'done' && one.step.application.state).toBe('awaiting-applicant');
  });

  test('the last answer of the person sends the application back to checking', () => {
    const asked = follow(submitted(), told(IDENTITY));
    const answered = answerTask(asked, 'identity', NOW);
    expect(answered.is === 'done' && answered.step.application).toMatchObject({
      state: 'checking',
      tasks: [{ status: 'waiting' }],
    });
    expect(answerTask(asked, 'dbs', NOW)).toEqual({ is: 'refused', code: 'no-such-task' });
  });

  test('who is cleared for some roles stays so while more is asked', () => {
    const step = followVetting(
      follow(submitted(), told({ is: 'application-conditionally-cleared', suspended: false })),
      told(DBS),
      NOW,
    );
    expect(step.application.state).toBe('cleared-conditional');
    expect(kinds(step)).toEqual(['M4']);
  });

  test('clearance that comes twice is said once', () => {
    const once = follow(submitted(), told({ is: 'application-cleared' }));
    expect(kinds(followVetting(once, told({ is: 'application-cleared' }), NOW))).toEqual([]);
  });

  test('a late fact leaves its trace and moves nothing', () => {
    const cleared = follow(submitted(), told({ is: 'application-cleared' }, { sequence: 9 }));
    const late = followVetting(cleared, told(IDENTITY, { sequence: 4 }), NOW);
    expect(late.application).toBe(cleared);
    expect(late.timeline).toHaveLength(1);
    expect(late.messages).toEqual([]);
  });

  test('nothing undoes a withdrawal', () => {
    const gone = withdraw(submitted(), NOW);
    const after = followVetting(
      gone.is === 'done' ? gone.step.application : submitted(),
      told({ is: 'application-cleared' }),
      NOW,
    );
    expect(after.application).toMatchObject({ state: 'withdrawn', promise: null });
    expect(after.messages).toEqual([]);
  });

  test('told no, with the day until which an appeal is open', () => {
    const appealUntil = new Date(NOW.getTime() + 28 * DAY);
    const step = followVetting(
      submitted(),
      told({ is: 'application-declined', reason: 'not-suitable', appealUntil }),
      NOW,
    );
    expect(step.application).toMatchObject({ state: 'declined', promise: { dueAt: appealUntil } });
    expect(step.messages[0]).toMatchObject({ kind: 'M7', facts: { reviewAt: appealUntil.toISOString() } });
  });
});

describe('following matching', () => {
  const at = (hours: number): Date => new Date(NOW.getTime() + hours * HOUR);
  const shift = {
    roleTitle: { en: 'Sandbags', cy: 'Bagiau tywod' },
    place: 'Oldham',
    startsAt: at(72),
    endsAt: at(76),
  };
  const fact = (of: object): MatchingFact => ({ cause: `m${++facts}`, at: NOW, ...of }) as MatchingFact;
  const cleared = follow(submitted(), told({ is: 'application-cleared' }));
  const admitted = (pool: string, over: object = {}): MatchingFact =>
    fact({ is: 'application-admitted', pool, people: 412, places: 60, nextContactAt: at(7 * 24), ...over });

  test('clearance waits some minutes for matching, and one message says both', () => {
    expect(cleared.promise).toMatchObject({
      number: 1,
      rule: 'submitted',
      actAt: new Date(NOW.getTime() + 10 * 60_000),
    });
    const step = followMatching(cleared, admitted('reserve'), NOW);
    expect(step.messages).toMatchObject([{ kind: 'M9', facts: { people: 412, places: 60, conditional: false } }]);
    expect(step.application.promise!.dueAt).toEqual(at(7 * 24));
  });

  test('whichever of the two comes last speaks', () => {
    const early = followMatching(submitted(), admitted('reserve'), NOW);
    expect(early.messages).toEqual([]);
    const last = followVetting(early.application, told({ is: 'application-cleared' }), NOW);
    expect(last.messages).toMatchObject([{ kind: 'M9', facts: { people: 412, places: 60, conditional: false } }]);
    expect(last.application.promise).toMatchObject({ rule: 'pool' });
  });

  test('the active pool is told that it may help, and the next word comes within a day', () => {
    const step = followMatching(cleared, admitted('active'), NOW);
    expect(step.messages).toMatchObject([{ kind: 'M6', facts: { conditional: false } }]);
    expect(step.application.promise).toMatchObject({ rule: 'cleared', dueAt: at(24) });
    const again = followMatching(step.application, admitted('active', { at: at(1) }), at(1));
    expect(again).toMatchObject({ application: { promise: step.application.promise }, messages: [] });
  });

  test('without a word from matching clearance is told by itself', () => {
    const then = cleared.promise!.actAt!;
    const step = actOnDue(cleared, then);
    expect(step.messages).toMatchObject([{ kind: 'M6', news: true, facts: { conditional: false } }]);
    expect(followMatching(step.application, admitted('reserve'), then).messages).toMatchObject([
      { kind: 'M9', facts: { people: 412, places: 60 } },
    ]);
  });

  test('who was told of clearance and can no longer be reached waits for a human under a promise of its own', () => {
    const told = followMatching(cleared, admitted('reserve'), NOW).application;
    const lost: Application = { ...told, contact: 'disowned', promise: { ...told.promise!, number: 2 }, promises: 2 };
    const settled = settle(lost, [(of) => actOnDue(of, of.promise!.actAt!)]);
    expect(settled.after.promise).toMatchObject({ rule: 'unreachable', number: 3 });
    expect(settled.closing).toMatchObject({ number: 2, by: 'nobody' });
  });

  test('the last check is told when it comes, and at once', () => {
    const some = told({ is: 'application-conditionally-cleared', suspended: false });
    const supervised = followMatching(follow(submitted(), some), admitted('active'), NOW);
    expect(supervised.messages).toMatchObject([{ kind: 'M6', facts: { conditional: true } }]);
    const step = followVetting(supervised.application, told({ is: 'application-cleared' }), NOW);
    expect(step.messages).toMatchObject([{ kind: 'M6', facts: { conditional: false } }]);
  });

  test('an older word about the pool does not undo a newer one', () => {
    const reserve = followMatching(cleared, admitted('reserve', { at: at(1) }), NOW).application;
    expect(followMatching(reserve, admitted('active', { at: NOW }), NOW).application.pool).toBe('reserve');
  });

  test('an offer promises an answer after its own day', () => {
    const step = followMatching(cleared, fact({ is: 'offer-made', offerId: 'o', shift, respondBy: at(4) }), NOW);
    expect(step.application.promise!.dueAt).toEqual(at(16));
    expect(step.messages).toMatchObject([{ kind: 'M8', urgency: 'P2', facts: { offerId: 'o', place: 'Oldham' } }]);
  });

  test('a cancelled shift is said at once, before everything else', () => {
    const step = followMatching(
      cleared,
      fact({ is: 'assignment-cancelled', offerId: 'o', reason: 'need-cancelled', shift }),
      NOW,
    );
    expect(step.messages).toMatchObject([{ kind: 'M12', urgency: 'P1', facts: { reason: 'need-cancelled' } }]);
  });
});

describe('one change out of a batch', () => {
  test('"your check was sent" is not said beside "you are cleared"', () => {
    const sent = told({ is: 'check-sent', check: 'identity' });
    const cleared = told({ is: 'application-cleared' });
    const settled = settle(submitted(), [
      (of) => followVetting(of, sent, NOW),
      (of) => followVetting(of, cleared, NOW),
    ]);
    expect(settled.messages).toEqual([]);
    expect(settled).toMatchObject({
      closing: null,
      after: { state: 'cleared', promise: { number: 1, rule: 'submitted' } },
    });
    expect(settled.timeline).toHaveLength(2);
    const alone = settle(settled.after, [(of) => actOnDue(of, of.promise!.actAt!)]);
    expect(alone.messages.map(({ kind }) => kind)).toEqual(['M6']);
    expect(alone.closing).toMatchObject({ number: 1, by: 'message', news: true, message: 0 });
  });

  test('who may start under supervision is still told what else is needed', () => {
    const dbs = told(DBS);
    const some = told({ is: 'application-conditionally-cleared', suspended: false });
    const settled = settle(submitted(), [(of) => followVetting(of, dbs, NOW), (of) => followVetting(of, some, NOW)]);
    expect(settled.messages.map(({ kind }) => kind)).toEqual(['M4']);
    const due = settle(settled.after, [(of) => actOnDue(of, of.promise!.actAt!)]);
    expect(due.messages).toMatchObject([{ kind: 'M6', facts: { conditional: true } }]);
  });

  test('to a contact that is somebody else’s nothing is sent, and the promise counts as not reached', () => {
    const settled = settle(submitted({ contact: 'disowned' }), [
      (of) =>
        followVetting(
          of,
          told({ is: 'application-declined', reason: 'not-suitable', appealUntil: new Date(NOW.getTime() + DAY) }),
          NOW,
        ),
    ]);
    expect(settled.messages).toEqual([]);
    expect(settled.closing).toMatchObject({ by: 'nobody' });
  });
});

describe('the day comes without news', () => {
  const due = (of: Application, times: number): { application: Application; kinds: string[] } => {
    let application = of;
    const said: string[] = [];
    for (let n = 0; n < times; n++) {
      const now = application.promise?.actAt ?? NOW;
      const settled = settle(application, [(so) => actOnDue(so, now)]);
      application = settled.after;
      said.push(...settled.messages.map(({ kind }) => kind));
    }
    return { application, kinds: said };
  };

  test('an honest word three times, then a human', () => {
    const { application, kinds: said } = due(submitted(), 4);
    expect(said).toEqual(['no-news', 'no-news', 'no-news']);
    expect(application.humanSince).not.toBeNull();
    expect(application.promise).toMatchObject({ actAt: null, number: 4 });
  });

  test('to call a human keeps no promise: the same one stands', () => {
    const open = submitted({ promise: { ...submitted().promise!, noNews: 3 } });
    const settled = settle(open, [(of) => actOnDue(of, open.promise!.actAt!)]);
    expect(settled.closing).toBeNull();
    expect(settled.after.promise).toMatchObject({ number: 1, dueAt: open.promise!.dueAt });
  });

  test('three reminders, then the application lapses and can be reopened for thirty days', () => {
    const asked = settle(submitted({ contact: 'confirmed' }), [(of) => followVetting(of, told(IDENTITY), NOW)]).after;
    const { application, kinds: said } = due(asked, 4);
    expect(said).toEqual(['M4', 'M4', 'M4', 'M4']);
    expect(application).toMatchObject({ state: 'lapsed', promise: null });
    const soon = resume(application, new Date(application.lapsedAt!.getTime() + 29 * DAY));
    expect(soon.is === 'done' && soon.step.application.state).toBe('awaiting-applicant');
    expect(resume(application, new Date(application.lapsedAt!.getTime() + 31 * DAY))).toEqual({
      is: 'refused',
      code: 'reopen-too-late',
    });
  });

  test('nobody lapses on a contact that was never confirmed: somebody must find them', () => {
    const asked = settle(submitted(), [(of) => followVetting(of, told(IDENTITY), NOW)]).after;
    const { application } = due(asked, 4);
    expect(application).toMatchObject({ state: 'awaiting-applicant', contact: 'unreachable' });
    expect(application.humanSince).not.toBeNull();
    const again = settle({ ...application, promise: { ...application.promise!, actAt: NOW } }, [
      (of) => actOnDue(of, NOW),
    ]);
    expect(again.closing).toMatchObject({ by: 'nobody' });
  });

  test('the end of an appeal owes nothing more', () => {
    const appealUntil = new Date(NOW.getTime() + 28 * DAY);
    const told = {
      cause: 'x',
      sequence: 99,
      at: NOW,
      is: 'application-declined',
      reason: 'not-suitable',
      appealUntil,
    } as const;
    const declined = settle(submitted(), [(of) => followVetting(of, told, NOW)]).after;
    const ended = settle(declined, [(of) => actOnDue(of, new Date(appealUntil.getTime() + 1))]);
    expect(ended.after).toMatchObject({ state: 'declined', promise: null });
    expect(ended.closing).toMatchObject({ by: 'itself' });
  });

  test('a pause ends by itself and says so', () => {
    const cleared = follow(submitted(), told({ is: 'application-cleared' }));
    const paused = pause({ ...cleared, pool: 'active', poolAt: NOW }, new Date(NOW.getTime() + 14 * DAY), NOW);
    const { application, kinds: said } = due(paused.is === 'done' ? paused.step.application : cleared, 1);
    expect(application).toMatchObject({ pool: 'reserve', pausedUntil: null });
    expect(said).toEqual(['no-news']);
  });
});
