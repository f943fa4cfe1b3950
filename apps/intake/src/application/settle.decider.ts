import type { MessageKind } from '@app/contracts';
import type { OpenPromise } from '../promise/promise.js';
import type { Application, MessageDraft, Step, TimelineEntry } from './application.js';
import { clearanceNews, isUntoldClearance } from './clearance.decider.js';

/**
 * How the promise that stood before ended. `screen`: the person saw the answer to their own act at once; `itself`: its
 * day came and nothing more was owed.
 */
export interface Closing {
  readonly number: number;
  readonly dueAt: Date;
  readonly by: 'message' | 'screen' | 'nobody' | 'itself';
  readonly news: boolean;
  /** Index in `messages` of the one that keeps it. */
  readonly message: number;
}

export interface Settled {
  readonly before: Application;
  readonly after: Application;
  readonly timeline: readonly TimelineEntry[];
  readonly messages: readonly MessageDraft[];
  readonly closing: Closing | null;
  /** Facts published beside the messages; they come first. */
  readonly facts: number;
}

type Decide = (application: Application) => Step;

/**
 * Folds what happened to one application within a batch into one change: one row, one promise closed, one opened.
 * `facts` counts what is published beside the messages; each takes a version.
 */
export const settle = (before: Application, decisions: readonly Decide[], facts = 0): Settled => {
  let application = before;
  const timeline: TimelineEntry[] = [];
  const drafts: MessageDraft[] = [];
  for (const decide of decisions) {
    const step = decide(application);
    application = step.application;
    timeline.push(...step.timeline);
    drafts.push(...step.messages);
  }
  const reached = application.contact !== 'disowned';
  const messages = reached ? worthSaying(drafts, application) : [];
  const open = before.promise;
  // Clearance that waits for matching's word has said nothing yet: what was promised before still stands.
  if (open !== null && messages.length === 0 && isUntoldClearance(application))
    application = { ...application, promise: { ...open, actAt: application.promise!.actAt } };
  // A promise that only waits for a human now is still the same one.
  const replaced = open !== null && application.promise?.number !== open.number;
  const promise =
    application.promise === null || (open !== null && !replaced)
      ? application.promise
      : { ...application.promise, number: before.promises + 1 };
  const moved = drafts.length > 0 || timeline.length > 0 || application !== before;
  return {
    before,
    after: {
      ...application,
      promise,
      promises: promise?.number ?? before.promises,
      // News ends the wait for a human, unless it could not be told.
      humanSince:
        replaced && promise?.actAt !== null && ['confirmed', 'unconfirmed'].includes(application.contact)
          ? application.humanSince === before.humanSince
            ? null
            : application.humanSince
          : application.humanSince,
      version: moved ? before.version + Math.max(1, messages.length + facts) : before.version,
    },
    timeline,
    messages,
    closing: replaced && open.brokenAt === null ? closingOf(open, application, drafts, messages) : null,
    facts,
  };
};

const closingOf = (
  open: OpenPromise,
  after: Application,
  drafts: readonly MessageDraft[],
  messages: readonly MessageDraft[],
): Closing => {
  const base = { number: open.number, dueAt: open.dueAt };
  const unheard = after.contact === 'disowned' && drafts.length > 0;
  if (unheard || after.promise?.rule === 'unreachable') return { ...base, by: 'nobody', news: false, message: -1 };
  if (open.rule === 'declined' && after.closedAt !== null) return { ...base, by: 'itself', news: false, message: -1 };
  if (messages.length === 0) return { ...base, by: 'screen', news: true, message: -1 };
  const news = messages.findIndex((one) => one.news);
  return news === -1
    ? { ...base, by: 'message', news: false, message: 0 }
    : { ...base, by: 'message', news: true, message: news };
};

/** What a later message of the same batch makes pointless: nobody reads "your check was sent" beside "you are cleared". */
const OUTDONE_BY: Partial<Record<MessageKind, (later: MessageDraft) => boolean>> = {
  M4: (later) =>
    later.kind === 'M4' || later.kind === 'M7' || (later.kind === 'M6' && later.facts.conditional === false),
  M5: (later) => ['M4', 'M5', 'M6', 'M7'].includes(later.kind),
  M6: (later) => later.kind === 'M6' || later.kind === 'M7',
  M9: (later) => later.kind === 'M9',
};

const worthSaying = (drafts: readonly MessageDraft[], after: Application): MessageDraft[] => {
  const owed: MessageDraft[] = isUntoldClearance(after) ? [clearanceNews(after, 'M6', after.id)] : [];
  const all = [...drafts, ...owed];
  return drafts.filter((draft, index) => !all.slice(index + 1).some((later) => OUTDONE_BY[draft.kind]?.(later)));
};
