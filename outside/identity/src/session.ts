export interface Claimed {
  readonly givenName: string;
  readonly familyName: string;
  /** YYYY-MM-DD */
  readonly dateOfBirth: string;
}

export type Status = 'pending' | 'verified' | 'failed' | 'expired';
export type Reason = 'document-refused' | 'not-the-person' | 'cancelled';

/** What came of one session. */
export type Outcome =
  | { readonly status: 'verified'; readonly verified: Claimed }
  | { readonly status: 'failed'; readonly reasonCode: Reason };

export interface Session {
  readonly id: string;
  /** The client's own id of the check; one session for one reference. */
  readonly reference: string;
  readonly applicant: Claimed;
  readonly returnUrl: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When a synthetic person will have finished, and how. */
  readonly auto: { readonly at: number; readonly outcome: Outcome } | null;
  completed: { readonly at: number; readonly outcome: Outcome } | null;
}

export const endOf = (it: Session, now: number): Session['completed'] => {
  if (it.completed) return it.completed;
  return it.auto && it.auto.at <= now ? it.auto : null;
};

export const statusOf = (it: Session, now: number): Status => {
  const end = endOf(it, now);
  if (end) return end.outcome.status;
  return now >= it.expiresAt ? 'expired' : 'pending';
};

/** Names that belong to nobody: only they are finished without a human at the page. */
const SYNTHETIC = /-Demo$/;

const WELL_KNOWN: Readonly<Record<string, (claimed: Claimed) => Outcome | null>> = {
  'Pending-Demo': () => null,
  'Failing-Demo': () => ({ status: 'failed', reasonCode: 'document-refused' }),
  'Mismatch-Demo': (claimed) => ({ status: 'verified', verified: { ...claimed, familyName: 'Otherwise-Demo' } }),
};

/** How a synthetic person's session ends, decided by the name alone, so that a run can be repeated; null = never. */
export const syntheticOutcome = (claimed: Claimed): Outcome | null => {
  if (!SYNTHETIC.test(claimed.familyName)) return null;
  const known = WELL_KNOWN[claimed.familyName];
  return known ? known(claimed) : { status: 'verified', verified: claimed };
};
