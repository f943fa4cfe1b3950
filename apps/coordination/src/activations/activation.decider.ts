import type { ActivationState } from '@app/contracts';

export interface ActivationFacts {
  readonly state: ActivationState;
  readonly wanted: 'standby' | 'active';
  readonly version: number;
  readonly requestedBy: string;
  readonly approvedBy: string | null;
}

export type ActivationDecision =
  | {
      readonly is: 'granted';
      readonly from: ActivationState;
      readonly to: ActivationState;
      readonly version: number;
      /** The first time out of monitoring: the public page is made. */
      readonly opens: boolean;
      /** Whoever acts is the second person. */
      readonly approves: boolean;
    }
  | { readonly is: 'already' }
  | { readonly is: 'stale' }
  | { readonly is: 'second-person-needed' }
  | { readonly is: 'refused'; readonly code: 'no-such-transition' | 'activation-closed' };

const NEXT: Record<ActivationState, readonly ActivationState[]> = {
  monitoring: ['standby', 'active'],
  standby: ['active', 'standing-down'],
  active: ['surge', 'standing-down'],
  surge: ['active', 'standing-down'],
  'standing-down': ['active', 'recovery'],
  recovery: ['closed'],
  closed: [],
};

export const nextStates = (state: ActivationState): readonly ActivationState[] => NEXT[state];

/** One person alone may open standby with register-interest; everything further waits for a second one (H11). */
export const stateOnRequest = (wanted: 'standby' | 'active'): ActivationState =>
  wanted === 'standby' ? 'standby' : 'monitoring';

/** `seen` is the version the approver looked at, when they name one; what was requested cannot be edited afterwards. */
export function approve(activation: ActivationFacts, by: string, seen: number | null): ActivationDecision {
  if (activation.approvedBy === by) return { is: 'already' };
  if (by === activation.requestedBy) return { is: 'second-person-needed' };
  if (seen !== null && seen !== activation.version) return { is: 'stale' };
  if (activation.approvedBy) return { is: 'already' };
  if (activation.state === 'closed') return { is: 'refused', code: 'activation-closed' };
  const to = activation.state === 'monitoring' ? activation.wanted : activation.state;
  return granted(activation, to, true);
}

export function move(
  activation: ActivationFacts,
  to: ActivationState,
  by: { readonly memberId: string; readonly mayApprove: boolean },
): ActivationDecision {
  if (activation.state === to) return { is: 'already' };
  if (!NEXT[activation.state].includes(to)) return { is: 'refused', code: 'no-such-transition' };
  if (to === 'standby' || activation.approvedBy) return granted(activation, to, false);
  if (by.memberId === activation.requestedBy || !by.mayApprove) return { is: 'second-person-needed' };
  return granted(activation, to, true);
}

const granted = (activation: ActivationFacts, to: ActivationState, approves: boolean): ActivationDecision => ({
  is: 'granted',
  from: activation.state,
  to,
  version: activation.version + 1,
  opens: activation.state === 'monitoring',
  approves,
});
