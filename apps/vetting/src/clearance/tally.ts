import type { CaseFile, CaseState } from './clearance.decider.js';

/** What an activation's counts change by. */
export interface TallyDelta {
  readonly activationId: string;
  readonly forumId: string;
  checking: number;
  awaitingApplicant: number;
  decisionDue: number;
  cleared: number;
  declined: number;
}

type Column = Exclude<keyof TallyDelta, 'activationId' | 'forumId'>;
const COLUMN: Record<CaseState, Column | null> = {
  'awaiting-policy': 'checking',
  checking: 'checking',
  'awaiting-applicant': 'awaitingApplicant',
  'decision-due': 'decisionDue',
  cleared: 'cleared',
  'cleared-conditional': 'cleared',
  declined: 'declined',
  stopped: null,
};

/** One delta per activation for all cases that moved from one column to another. */
export function deltasOf(moves: readonly { before: CaseFile | null; after: CaseFile }[]): TallyDelta[] {
  const deltas = new Map<string, TallyDelta>();
  for (const { before, after } of moves) {
    const from = before ? COLUMN[before.state] : null;
    const to = COLUMN[after.state];
    if (from === to) continue;
    let delta = deltas.get(after.activationId);
    if (!delta) {
      const { activationId, forumId } = after;
      delta = { activationId, forumId, checking: 0, awaitingApplicant: 0, decisionDue: 0, cleared: 0, declined: 0 };
      deltas.set(activationId, delta);
    }
    if (from) delta[from] -= 1;
    if (to) delta[to] += 1;
  }
  return [...deltas.values()].filter(
    (delta) => delta.checking || delta.awaitingApplicant || delta.decisionDue || delta.cleared || delta.declined,
  );
}
