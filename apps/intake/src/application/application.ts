import type {
  ActivationState,
  ApplicationState,
  Channel,
  DataOf,
  Language,
  MessageFacts,
  MessageKind,
  MessageRequested,
  Nation,
  PoolState,
  TaskCode,
  Urgency,
} from '@app/contracts';
import type { OpenPromise } from '../promise/promise.js';

export type TaskStatus = 'not-started' | 'in-progress' | 'waiting' | 'done';

export interface Task {
  readonly code: TaskCode;
  readonly status: TaskStatus;
  /** `first`, or why it is asked again. */
  readonly reason: string;
  readonly setAt: string;
  /** What vetting sealed: the provider's page for this person. */
  readonly page?: { readonly sealed: string; readonly version: number };
}

/** A contact is confirmed by use; `disowned`: whoever has it said "not me"; `unreachable`: nobody ever answered there. */
export type ContactState = 'unconfirmed' | 'confirmed' | 'disowned' | 'unreachable';

/** What decisions about an application need; nothing personal. */
export interface Application {
  readonly id: string;
  readonly activationId: string;
  readonly activationState: ActivationState;
  readonly forumId: string;
  readonly nation: Nation;
  readonly reference: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly language: Language;
  readonly channel: Channel;
  readonly state: ApplicationState;
  readonly pool: PoolState | null;
  /** When matching, or the person, last said which pool. */
  readonly poolAt: Date | null;
  readonly pausedUntil: string | null;
  /** People and places as last told. */
  readonly people: number | null;
  readonly places: number | null;
  readonly closedAt: Date | null;
  readonly lapsedAt: Date | null;
  readonly contact: ContactState;
  readonly tasks: readonly Task[];
  /** Reminders sent for the tasks that are open. */
  readonly reminders: number;
  /** Last sequence of vetting's facts about this person. */
  readonly vettingSequence: number;
  readonly promise: OpenPromise | null;
  /** How many promises were ever made to this person. */
  readonly promises: number;
  /** Messages that went out on that day (S13). */
  readonly written: { readonly day: string | null; readonly count: number };
  /** Since when only a human can move it on. */
  readonly humanSince: Date | null;
  readonly version: number;
}

export interface TimelineEntry {
  readonly at: Date;
  readonly code: string;
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** A message that is owed; `cause` and `purpose` make its id. */
export interface MessageDraft {
  readonly kind: MessageKind;
  readonly urgency: Urgency;
  readonly facts: MessageFacts;
  /** Another place than where the person is reached now. */
  readonly to?: DataOf<typeof MessageRequested>['to'];
  readonly cause: string;
  readonly purpose: string;
  /** Does it say something new? */
  readonly news: boolean;
}

export interface Step {
  readonly application: Application;
  readonly timeline: readonly TimelineEntry[];
  readonly messages: readonly MessageDraft[];
}

const ENDED: readonly ApplicationState[] = ['withdrawn', 'lapsed', 'merged-duplicate'];

/** Terminal rows hold no promise, all others exactly one. The migration's CHECK says the same. */
export const isTerminal = (of: Pick<Application, 'state' | 'pool' | 'closedAt'>): boolean =>
  ENDED.includes(of.state) ||
  (of.state === 'declined' && of.closedAt !== null) ||
  of.pool === 'left' ||
  of.pool === 'referred-out';

export const isCleared = (state: ApplicationState): boolean => state === 'cleared' || state === 'cleared-conditional';
export const hasOpenTask = (of: Pick<Application, 'tasks'>): boolean =>
  of.tasks.some((task) => task.status === 'not-started');
