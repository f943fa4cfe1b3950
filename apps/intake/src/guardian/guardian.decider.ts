import { hasOpenTask, isTerminal, type Application, type Step, type Task } from '../application/application.js';
import { withdraw, type Acted } from '../application/person.decider.js';
import { promise } from '../promise/promise.decider.js';

/** Wrong names, after which only staff can take the answer (S14). */
export const NAMES_ALLOWED = 5;

const withTask = (of: Application, status: Task['status'], now: Date): readonly Task[] => {
  const asked = of.tasks.find(({ code }) => code === 'guardian');
  const task: Task = { code: 'guardian', status, reason: 'first', setAt: asked?.setAt ?? now.toISOString() };
  return [...of.tasks.filter(({ code }) => code !== 'guardian'), task];
};

const done = (application: Application, at: Date, code: string): Acted => ({
  is: 'done',
  step: { application, timeline: [{ at, code }], messages: [] },
});

/** A guardian's word is waited for, and the person reminded as of anything that is theirs to get done. */
export const guardianAsked = (of: Application, now: Date): Step => ({
  application: {
    ...of,
    tasks: withTask(of, 'waiting', now),
    state: 'awaiting-applicant',
    reminders: 0,
    promise: promise('awaiting-applicant', now, of.nation),
  },
  timeline: [{ at: now, code: 'guardian-asked' }],
  messages: [
    {
      kind: 'M4',
      urgency: 'P3',
      facts: { task: 'guardian', reason: 'first' },
      cause: of.id,
      purpose: 'guardian-asked',
      news: true,
    },
  ],
});

export const guardianAgrees = (of: Application, now: Date): Acted => {
  if (isTerminal(of)) return { is: 'refused', code: 'already-ended' };
  const agreed: Application = { ...of, tasks: withTask(of, 'done', now) };
  if (of.state !== 'awaiting-applicant' || hasOpenTask(agreed)) return done(agreed, now, 'guardian-agreed');
  return done({ ...agreed, state: 'checking', promise: promise('checking', now, of.nation) }, now, 'guardian-agreed');
};

/** A no ends it kindly: with a message of its own, and nothing held against anybody (H13). */
export const guardianRefuses = (of: Application, now: Date): Acted => {
  if (isTerminal(of)) return { is: 'refused', code: 'already-ended' };
  const acted = withdraw(of, now);
  if (acted.is === 'refused') return acted;
  const { application } = acted.step;
  return {
    is: 'done',
    step: {
      application: { ...application, tasks: withTask(of, 'done', now) },
      timeline: [{ at: now, code: 'guardian-refused' }],
      messages: [
        { kind: 'guardian-refused', urgency: 'P3', facts: {}, cause: of.id, purpose: 'guardian-refused', news: true },
      ],
    },
  };
};

/** Whoever reads there is not the guardian, or cannot be reached: somebody must find out who is. */
export const guardianUnreached = (
  of: Application,
  code: 'guardian-not-me' | 'guardian-unreached',
  now: Date,
): Step => ({
  application: isTerminal(of) ? of : { ...of, humanSince: of.humanSince ?? now },
  timeline: [{ at: now, code }],
  messages: [],
});
