import type { CheckOutcome } from '@app/contracts';
import type { DeepCheck } from '../policy/requirement.decider.js';

/**
 * required → with-applicant → with-provider (⇄ provider-error) → result-in → determined; from any open state: cancelled.
 * `requested` of the domain model is passed through at once: whoever is asked holds the task.
 */
export type CheckState =
  | 'required'
  | 'with-applicant'
  | 'with-provider'
  | 'provider-error'
  | 'result-in'
  | 'determined'
  | 'expired'
  | 'cancelled';

export interface Check {
  readonly checkId: string;
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly kind: DeepCheck;
  readonly state: CheckState;
  readonly attempt: number;
  readonly answers: string | null;
  readonly answersVersion: number | null;
  readonly answeredAt: Date | null;
  /** The provider's own name for what runs there. */
  readonly session: string | null;
  readonly sentAt: Date | null;
  readonly silentAt: Date | null;
  readonly nextTryAt: Date | null;
  readonly waitsSince: Date | null;
  readonly queuedAt: Date | null;
  readonly round: number;
  readonly tries: number;
  readonly delayedAt: Date | null;
  readonly resultCode: string | null;
  readonly result: string | null;
  readonly resultVersion: number | null;
  readonly reasonCode: string | null;
  readonly outcome: CheckOutcome | null;
  readonly proposedOutcome: CheckOutcome | null;
  readonly proposedReason: string | null;
  readonly proposedBy: string | null;
  readonly referredAt: Date | null;
  readonly determinedAt: Date | null;
  readonly determinedBy: string | null;
  readonly purgeAt: Date | null;
  readonly openedAt: Date;
}

export function opened(
  id: string,
  of: { applicationId: string; activationId: string; forumId: string },
  kind: DeepCheck,
  now: Date,
): Check {
  return {
    checkId: id,
    applicationId: of.applicationId,
    activationId: of.activationId,
    forumId: of.forumId,
    kind,
    state: 'required',
    attempt: 1,
    answers: null,
    answersVersion: null,
    answeredAt: null,
    session: null,
    sentAt: null,
    silentAt: null,
    nextTryAt: null,
    waitsSince: null,
    queuedAt: null,
    round: 0,
    tries: 0,
    delayedAt: null,
    resultCode: null,
    result: null,
    resultVersion: null,
    reasonCode: null,
    outcome: null,
    proposedOutcome: null,
    proposedReason: null,
    proposedBy: null,
    referredAt: null,
    determinedAt: null,
    determinedBy: null,
    purgeAt: null,
    openedAt: now,
  };
}
