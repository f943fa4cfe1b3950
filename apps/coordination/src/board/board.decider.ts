import type {
  ActivationState,
  ApplicationState,
  DataOf,
  IntakeMode,
  IntakeTallied,
  MatchingTallied,
  NotificationTallied,
} from '@app/contracts';

type Numbers<E> = Partial<Omit<DataOf<E>, 'activationId' | 'forumId' | 'at'>>;

/** What the apps last told; an app that has told nothing yet counts as nothing. */
export interface Told {
  readonly intake?: Numbers<typeof IntakeTallied>;
  readonly matching?: Numbers<typeof MatchingTallied>;
  readonly notification?: Numbers<typeof NotificationTallied>;
}

export interface Counts {
  readonly applied: number;
  readonly duplicates: number;
  readonly checking: number;
  readonly awaitingApplicant: number;
  readonly cleared: number;
  readonly declined: number;
  readonly withdrawn: number;
  readonly offered: number;
  readonly assigned: number;
  readonly reserve: number;
}

export interface Board {
  readonly mode: IntakeMode;
  readonly counts: Counts;
  readonly places: { readonly wanted: number; readonly filled: number };
  readonly promises: {
    readonly open: number;
    readonly dueWithin24h: number;
    readonly overdue: number;
    readonly keptWithNews: number;
    readonly keptNoNews: number;
    readonly notReached: number;
    readonly broken: number;
  };
  readonly messages: {
    readonly queued: number;
    readonly sent: number;
    readonly delivered: number;
    readonly failed: number;
  };
}

/**
 * The states are intake's, which owns the application; offers are matching's. `checking` is everybody who waits for us,
 * so that applied = duplicates + checking + awaiting + cleared + declined + withdrawn.
 */
export function boardOf(state: ActivationState, told: Told, needs: { wanted: number; filled: number }): Board {
  const by: Partial<Record<ApplicationState, number>> = told.intake?.byState ?? {};
  const of = (...states: ApplicationState[]): number => states.reduce((sum, one) => sum + (by[one] ?? 0), 0);
  const { promises } = told.intake ?? {};
  const messages = told.notification;
  return {
    mode: told.intake?.mode ?? (state === 'standby' || state === 'monitoring' ? 'interest-only' : 'open'),
    counts: {
      applied: told.intake?.applied ?? 0,
      duplicates: told.intake?.duplicates ?? 0,
      checking: of('submitted', 'triaged', 'checking', 'decision-due'),
      awaitingApplicant: of('awaiting-applicant'),
      cleared: of('cleared', 'cleared-conditional'),
      declined: of('declined'),
      withdrawn: of('withdrawn', 'lapsed'),
      offered: told.matching?.offered ?? 0,
      assigned: told.matching?.assigned ?? 0,
      reserve: told.matching?.reserve ?? 0,
    },
    places: told.matching?.places ?? needs,
    promises: {
      open: promises?.open ?? 0,
      dueWithin24h: promises?.dueWithin24h ?? 0,
      overdue: promises?.overdue ?? 0,
      keptWithNews: promises?.keptWithNews ?? 0,
      keptNoNews: promises?.keptNoNews ?? 0,
      notReached: promises?.notReached ?? 0,
      broken: promises?.broken ?? 0,
    },
    messages: {
      queued: messages?.queued ?? 0,
      sent: messages?.sent ?? 0,
      delivered: messages?.delivered ?? 0,
      failed: messages?.failed ?? 0,
    },
  };
}

/** Red when somebody was forgotten, amber when the day is full, green when every promise stands. */
export const health = (promises: Board['promises']): 'green' | 'amber' | 'red' =>
  promises.overdue > 0 || promises.broken > 0
    ? 'red'
    : promises.dueWithin24h > promises.open / 2 && promises.open > 0
      ? 'amber'
      : 'green';

export interface Acts {
  readonly approve: boolean;
  /** The requester sees that somebody else must approve. */
  readonly waitsForAnother: boolean;
  readonly moveTo: readonly ActivationState[];
}

const NEXT: Partial<Record<ActivationState, readonly ActivationState[]>> = {
  standby: ['active', 'standing-down'],
  active: ['surge', 'standing-down'],
  surge: ['active', 'standing-down'],
  'standing-down': ['active', 'recovery'],
  recovery: ['closed'],
};

/** What this person may do next with an activation; the commands decide again. */
export function nextActs(
  activation: {
    readonly state: ActivationState;
    readonly requestedBy: { readonly memberId: string };
    readonly approvedBy: object | null;
  },
  who: { readonly memberId: string; readonly roles: readonly string[] },
): Acts {
  const requester = activation.requestedBy.memberId === who.memberId;
  const unapproved = activation.approvedBy === null && activation.state !== 'closed';
  const moves = who.roles.some((role) => role === 'duty-officer' || role === 'approver');
  return {
    approve: unapproved && !requester && who.roles.includes('approver'),
    waitsForAnother: unapproved && requester,
    moveTo: moves && activation.approvedBy !== null ? (NEXT[activation.state] ?? []) : [],
  };
}
