import { isTerminal, type Application, type MessageDraft, type Step } from '../application/application.js';
import { clearanceNews, isUntoldClearance } from '../application/clearance.decider.js';
import { REMINDER_DAYS } from './promise-policy.js';
import { forHuman, mayStaySilent, promise } from './promise.decider.js';

/** An open promise comes due and nothing new has happened: remind, say so honestly, let lapse, or call a human. */
export const actOnDue = (of: Application, now: Date): Step => {
  const open = of.promise;
  if (open === null || open.actAt === null || now < open.actAt || isTerminal(of)) return nothing(of);
  if (of.contact === 'disowned') return unreachable(of, now);
  if (isUntoldClearance(of)) return tellClearance(of, now);
  switch (open.rule) {
    case 'awaiting-applicant':
      return of.reminders < REMINDER_DAYS.length ? remind(of, now) : giveUpWaiting(of, now);
    case 'unreachable':
      return unreachable(of, now);
    case 'declined':
      return {
        application: { ...of, closedAt: now, promise: null },
        timeline: [{ at: now, code: 'appeal-ended' }],
        messages: [],
      };
    case 'paused':
      return {
        application: {
          ...of,
          pausedUntil: null,
          pool: 'reserve',
          poolAt: now,
          promise: promise('pool', now, of.nation),
        },
        timeline: [{ at: now, code: 'resumed' }],
        messages: [saying(of, 'no-news', { reason: 'pause-ended' })],
      };
    default:
      return mayStaySilent(open) ? sayNoNews(of, now) : callHuman(of, now);
  }
};

const nothing = (application: Application): Step => ({ application, timeline: [], messages: [] });

/** Matching has not said whether there is a place: the good news goes without it. */
const tellClearance = (of: Application, now: Date): Step => ({
  application: { ...of, promise: promise('cleared', now, of.nation) },
  timeline: [],
  messages: [{ ...clearanceNews(of, 'M6', of.id), purpose: `due-${of.promise!.number}` }],
});

const remind = (of: Application, now: Date): Step => {
  const reminders = of.reminders + 1;
  const task =
    of.tasks.find(({ status }) => status === 'not-started') ??
    of.tasks.find(({ code, status }) => code === 'guardian' && status === 'waiting');
  return {
    application: { ...of, reminders, promise: promise('awaiting-applicant', now, of.nation, { step: reminders }) },
    timeline: [{ at: now, code: 'reminded', facts: { count: reminders } }],
    messages: [saying(of, 'M4', { ...(task && { task: task.code }), reason: 'reminder' })],
  };
};

/** Nobody is lapsed on a contact that was never confirmed: the mistake may be ours or a typing error (H8). */
const giveUpWaiting = (of: Application, now: Date): Step =>
  of.contact === 'confirmed'
    ? {
        application: { ...of, state: 'lapsed', lapsedAt: now, promise: null },
        timeline: [{ at: now, code: 'lapsed' }],
        messages: [saying(of, 'M4', { reason: 'lapsed' })],
      }
    : unreachable(of, now);

const unreachable = (of: Application, now: Date): Step => ({
  application: {
    ...of,
    contact: of.contact === 'disowned' ? 'disowned' : 'unreachable',
    humanSince: of.humanSince ?? now,
    promise: forHuman(promise('unreachable', now, of.nation)),
  },
  timeline: of.contact === 'unreachable' ? [] : [{ at: now, code: 'unreachable' }],
  messages: [],
});

const sayNoNews = (of: Application, now: Date): Step => {
  const open = of.promise!;
  const reserve = open.rule === 'pool' && of.pool === 'reserve' && of.people !== null && of.places !== null;
  return {
    application: {
      ...of,
      promise: promise(open.rule, now, of.nation, { noNews: open.noNews + 1 }),
    },
    timeline: [{ at: now, code: 'no-news' }],
    messages: [reserve ? saying(of, 'M9', { people: of.people!, places: of.places! }) : saying(of, 'no-news', {})],
  };
};

/** The date stands and is kept by a human or visibly broken. */
const callHuman = (of: Application, now: Date): Step => ({
  application: { ...of, promise: forHuman(of.promise!), humanSince: of.humanSince ?? now },
  timeline: [{ at: now, code: 'human-called' }],
  messages: [],
});

const saying = (of: Application, kind: MessageDraft['kind'], facts: MessageDraft['facts']): MessageDraft => ({
  kind,
  urgency: kind === 'M4' ? 'P3' : 'P4',
  facts,
  cause: of.id,
  purpose: `due-${of.promise!.number}`,
  news: false,
});
