import { after, DAY } from '@app/calendar';
import type { OfferAnswer, TaskCode } from '@app/contracts';
import { promise } from '../promise/promise.decider.js';
import { REOPEN_FOR } from '../promise/promise-policy.js';
import { hasOpenTask, isCleared, isTerminal, type Application, type Step, type Task } from './application.js';

/** Why an act of the person is refused. */
export type Refusal = 'already-ended' | 'not-paused' | 'reopen-too-late' | 'no-such-task' | 'task-not-open';
export type Acted = { readonly is: 'done'; readonly step: Step } | { readonly is: 'refused'; readonly code: Refusal };

const refused = (code: Refusal): Acted => ({ is: 'refused', code });
const done = (application: Application, at: Date, code: string, rest: Partial<Step> = {}): Acted => ({
  is: 'done',
  step: { application, timeline: [{ at, code }], messages: [], ...rest },
});

/** The page answers at once; a message confirms it, so that nobody is withdrawn unawares. */
export const withdraw = (of: Application, now: Date): Acted => {
  if (of.state === 'withdrawn') return refused('already-ended');
  return done(
    {
      ...of,
      state: 'withdrawn',
      pool: of.pool === null ? null : 'left',
      poolAt: of.pool === null ? of.poolAt : now,
      promise: null,
      humanSince: null,
    },
    now,
    'withdrawn',
    {
      messages: [
        { kind: 'withdrawn', urgency: 'P3', facts: {}, cause: of.id, purpose: `withdrawn-${of.version}`, news: true },
      ],
    },
  );
};

/** Erasure ends everything and sends nothing: there is nobody left to write to. */
export const erase = (of: Application, now: Date): Step => ({
  application: {
    ...of,
    state: isTerminal(of) ? of.state : 'withdrawn',
    pool: of.pool === null ? null : 'left',
    poolAt: of.pool === null ? of.poolAt : now,
    tasks: [],
    promise: null,
    humanSince: null,
    closedAt: of.state === 'declined' ? (of.closedAt ?? now) : of.closedAt,
  },
  timeline: [{ at: now, code: 'erased' }],
  messages: [],
});

export const pause = (of: Application, until: Date | null, now: Date): Acted => {
  if (isTerminal(of)) return refused('already-ended');
  const pausedUntil = (until ?? after(now, 30 * DAY)).toISOString().slice(0, 10);
  if (!isCleared(of.state)) return done({ ...of, pausedUntil }, now, 'paused');
  return done(
    {
      ...of,
      pausedUntil,
      pool: 'paused',
      poolAt: now,
      promise: promise('paused', now, of.nation, { until: new Date(`${pausedUntil}T09:00:00Z`) }),
    },
    now,
    'paused',
  );
};

/** Until matching says active or reserve, whoever comes back waits in the reserve. */
export const resume = (of: Application, now: Date): Acted => {
  if (of.state === 'lapsed') return reopen(of, now);
  if (isTerminal(of)) return refused('already-ended');
  if (of.pausedUntil === null) return refused('not-paused');
  if (of.pool !== 'paused') return done({ ...of, pausedUntil: null }, now, 'resumed');
  return done(
    { ...of, pausedUntil: null, pool: 'reserve', poolAt: now, promise: promise('cleared', now, of.nation) },
    now,
    'resumed',
  );
};

/** One click within thirty days of lapsing. */
const reopen = (of: Application, now: Date): Acted => {
  if (of.lapsedAt === null || now.getTime() - of.lapsedAt.getTime() > REOPEN_FOR) return refused('reopen-too-late');
  const waiting = hasOpenTask(of);
  return done(
    {
      ...of,
      state: waiting ? 'awaiting-applicant' : 'checking',
      lapsedAt: null,
      reminders: 0,
      promise: promise(waiting ? 'awaiting-applicant' : 'checking', now, of.nation),
    },
    now,
    'reopened',
  );
};

export const answerTask = (of: Application, code: TaskCode, now: Date): Acted => {
  if (isTerminal(of)) return refused('already-ended');
  const asked = of.tasks.find((task) => task.code === code);
  if (!asked) return refused('no-such-task');
  if (asked.status !== 'not-started') return refused('task-not-open');
  const tasks = of.tasks.map((task): Task => (task.code === code ? { ...task, status: 'waiting' } : task));
  const answered: Application = { ...of, tasks };
  if (of.state !== 'awaiting-applicant' || hasOpenTask(answered)) return answeredStep(answered, code, now);
  return answeredStep({ ...answered, state: 'checking', promise: promise('checking', now, of.nation) }, code, now);
};

const answeredStep = (application: Application, task: TaskCode, now: Date): Acted => ({
  is: 'done',
  step: { application, timeline: [{ at: now, code: 'task-answered', facts: { task } }], messages: [] },
});

/** The answer is on its way to matching; the promise of the offer stands until matching has spoken. */
export const answerOffer = (of: Application, answer: OfferAnswer, now: Date): Acted =>
  isTerminal(of) ? refused('already-ended') : done(of, now, `offer-answered-${answer}`);

/** Whoever opened a mailed link knew what only the applicant knows. */
export const confirmContact = (of: Application, now: Date): Step => ({
  application: { ...of, contact: 'confirmed' },
  timeline: [{ at: now, code: 'contact-confirmed' }],
  messages: [],
});

/** A stranger has this contact: nothing more is sent there, and somebody must find the person another way. */
export const disownContact = (of: Application, now: Date): Step => ({
  application: { ...of, contact: 'disowned', humanSince: of.humanSince ?? now },
  timeline: [{ at: now, code: 'contact-disowned' }],
  messages: [],
});
