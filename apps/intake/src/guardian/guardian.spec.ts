import { describe, expect, test } from '@jest/globals';
import { after, DAY } from '@app/calendar';
import { SUBMITTED_AT as NOW, submitted } from '../application/application.fixture.js';
import type { Application } from '../application/application.js';
import { followVetting } from '../application/vetting.decider.js';
import { actOnDue } from '../promise/due.decider.js';
import { guardianAgrees, guardianAsked, guardianRefuses, guardianUnreached } from './guardian.decider.js';

const waiting = (over: Partial<Application> = {}): Application => {
  const { application } = guardianAsked(submitted(over), NOW);
  return { ...application, promise: application.promise && { ...application.promise, number: 2 } };
};

describe('a person of 16 or 17', () => {
  test('waits for their guardian with a promise, and is told whom we wait for', () => {
    const { application, messages } = guardianAsked(submitted(), NOW);
    expect(application).toMatchObject({ state: 'awaiting-applicant', promise: { rule: 'awaiting-applicant' } });
    expect(application.tasks).toMatchObject([{ code: 'guardian', status: 'waiting' }]);
    expect(messages).toMatchObject([{ kind: 'M4', facts: { task: 'guardian' } }]);
  });

  test('is reminded of the guardian, as nothing else is theirs to do', () => {
    const { messages } = actOnDue(waiting(), after(NOW, 2 * DAY));
    expect(messages).toMatchObject([{ kind: 'M4', facts: { task: 'guardian', reason: 'reminder' } }]);
  });

  test('goes on after a yes, and what vetting then asks for comes as ever', () => {
    const acted = guardianAgrees(waiting(), NOW);
    if (acted.is !== 'done') throw new Error(acted.code);
    const { application } = acted.step;
    expect(application).toMatchObject({ state: 'checking', promise: { rule: 'checking' } });
    const asked = followVetting(
      application,
      { is: 'task-set', task: 'identity', reason: 'first', cause: application.id, sequence: 1, at: NOW },
      NOW,
    );
    expect(asked.application.tasks.map(({ code, status }) => [code, status])).toEqual([
      ['guardian', 'done'],
      ['identity', 'not-started'],
    ]);
  });

  test('is let go kindly after a no, with a message of its own', () => {
    const acted = guardianRefuses(waiting(), NOW);
    if (acted.is !== 'done') throw new Error(acted.code);
    expect(acted.step.application).toMatchObject({ state: 'withdrawn', promise: null });
    expect(acted.step.messages.map(({ kind }) => kind)).toEqual(['guardian-refused']);
  });

  test('who has left already needs no answer', () => {
    const left = { ...waiting(), state: 'withdrawn', promise: null } as const;
    for (const answer of [guardianAgrees, guardianRefuses])
      expect(answer(left, NOW)).toEqual({ is: 'refused', code: 'already-ended' });
    expect(guardianUnreached(left, 'guardian-not-me', NOW).application.humanSince).toBeNull();
  });

  test('whose guardian cannot be reached is looked after by a person', () => {
    expect(guardianUnreached(waiting(), 'guardian-unreached', NOW).application.humanSince).toEqual(NOW);
  });
});
