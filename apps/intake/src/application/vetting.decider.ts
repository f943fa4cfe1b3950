import type { CheckKind, TaskCode } from '@app/contracts';
import { promise } from '../promise/promise.decider.js';
import {
  hasOpenTask,
  isCleared,
  isTerminal,
  type Application,
  type MessageDraft,
  type Step,
  type Task,
  type TimelineEntry,
} from './application.js';
import { clearanceNews, clearanceWord, isUntoldClearance } from './clearance.decider.js';

interface Told {
  /** Event id; one cause, one message. */
  readonly cause: string;
  readonly sequence: number;
  readonly at: Date;
}

/** What vetting said, as far as intake acts on it. */
export type VettingFact = Told &
  (
    | { readonly is: 'task-set'; readonly task: TaskCode; readonly reason: string }
    | { readonly is: 'check-sent'; readonly check: CheckKind; readonly page?: Task['page'] }
    | { readonly is: 'check-delayed'; readonly check: CheckKind; readonly reason: string }
    | { readonly is: 'check-determined'; readonly check: CheckKind }
    | { readonly is: 'application-referred'; readonly check: CheckKind }
    | { readonly is: 'application-cleared' }
    | { readonly is: 'application-conditionally-cleared'; readonly suspended: boolean }
    | { readonly is: 'application-declined'; readonly reason: string; readonly appealUntil: Date }
  );

/** A fact of vetting met an application. A late or repeated one leaves a trace in the timeline and nothing else. */
export const followVetting = (before: Application, fact: VettingFact, now: Date): Step => {
  const timeline = [entryOf(fact)];
  if (fact.sequence <= before.vettingSequence) return { application: before, timeline, messages: [] };
  const seen: Application = { ...before, vettingSequence: fact.sequence };
  if (isTerminal(before)) return { application: seen, timeline, messages: [] };
  return { timeline, ...decide(seen, fact, now) };
};

const decide = (of: Application, fact: VettingFact, now: Date): Pick<Step, 'application' | 'messages'> => {
  const nation = of.nation;
  switch (fact.is) {
    case 'task-set': {
      const task: Task = { code: fact.task, status: 'not-started', reason: fact.reason, setAt: fact.at.toISOString() };
      const tasks = [...of.tasks.filter(({ code }) => code !== fact.task), task];
      const messages = [say('M4', 'P3', fact, { task: fact.task, reason: fact.reason })];
      // Who is cleared for some roles stays so while more is asked.
      if (isCleared(of.state)) return { application: { ...of, tasks }, messages };
      return {
        application: {
          ...of,
          tasks,
          state: 'awaiting-applicant',
          reminders: 0,
          promise: promise('awaiting-applicant', now, nation),
        },
        messages,
      };
    }
    case 'check-sent': {
      const tasks = withTask(of.tasks, fact.check, fact.page ? 'in-progress' : 'waiting', fact.page);
      const messages = [say('M5', 'P3', fact, { check: fact.check })];
      return { application: checking({ ...of, tasks }, now), messages };
    }
    case 'check-delayed':
      return {
        application: checking(of, now),
        messages: [say('M5', 'P3', fact, { check: fact.check, reason: fact.reason })],
      };
    case 'check-determined':
      return { application: { ...of, tasks: withTask(of.tasks, fact.check, 'done') }, messages: [] };
    case 'application-referred': {
      const tasks = withTask(of.tasks, fact.check, 'waiting');
      if (isCleared(of.state)) return { application: { ...of, tasks }, messages: [] };
      return {
        application: { ...of, tasks, state: 'decision-due', promise: promise('decision-due', now, nation) },
        messages: [say('M5', 'P3', fact, { check: fact.check, reason: 'decision-due' })],
      };
    }
    case 'application-cleared': {
      const tasks = of.tasks.map((task): Task => ({ ...task, status: 'done' }));
      if (of.state === 'cleared') return { application: { ...of, tasks }, messages: [] };
      return cleared({ ...of, tasks, state: 'cleared' }, fact, now);
    }
    case 'application-conditionally-cleared':
      if (fact.suspended || isCleared(of.state)) return { application: of, messages: [] };
      return cleared({ ...of, state: 'cleared-conditional' }, fact, now);
    case 'application-declined':
      return {
        application: {
          ...of,
          state: 'declined',
          tasks: of.tasks.map((task): Task => ({ ...task, status: 'done' })),
          promise: promise('declined', now, nation, { until: fact.appealUntil }),
        },
        messages: [say('M7', 'P3', fact, { reason: fact.reason, reviewAt: fact.appealUntil.toISOString() })],
      };
  }
};

/** With a provider, unless something is still asked of the person or they may already serve. */
const checking = (of: Application, now: Date): Application => {
  if (isCleared(of.state)) return of;
  if (hasOpenTask(of)) return of;
  return { ...of, state: 'checking', promise: promise('checking', now, of.nation) };
};

const cleared = (of: Application, fact: Told, now: Date): Pick<Step, 'application' | 'messages'> =>
  isUntoldClearance(of)
    ? clearanceWord(of, fact.cause, now)
    : {
        application: of.pool === null ? { ...of, promise: promise('cleared', now, of.nation) } : of,
        messages: [clearanceNews(of, 'M6', fact.cause)],
      };

const withTask = (
  tasks: readonly Task[],
  check: CheckKind,
  status: Task['status'],
  page?: Task['page'],
): readonly Task[] =>
  tasks.map((task) =>
    task.code === check && task.status !== 'done' ? { ...task, status, ...(page && { page }) } : task,
  );

const say = (
  kind: MessageDraft['kind'],
  urgency: MessageDraft['urgency'],
  fact: Told,
  facts: MessageDraft['facts'],
): MessageDraft => ({ kind, urgency, facts, cause: fact.cause, purpose: kind, news: true });

const entryOf = (fact: VettingFact): TimelineEntry => {
  switch (fact.is) {
    case 'task-set':
      return { at: fact.at, code: 'task-set', facts: { task: fact.task, reason: fact.reason } };
    case 'check-sent':
    case 'check-determined':
    case 'application-referred':
      return { at: fact.at, code: fact.is, facts: { check: fact.check } };
    case 'check-delayed':
      return { at: fact.at, code: fact.is, facts: { check: fact.check, reason: fact.reason } };
    case 'application-conditionally-cleared':
      return { at: fact.at, code: fact.suspended ? 'clearance-suspended' : fact.is };
    case 'application-cleared':
    case 'application-declined':
      return { at: fact.at, code: fact.is };
  }
};
