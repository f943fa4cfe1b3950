import { z } from 'zod';

export const StaffRole = z.enum([
  'duty-officer',
  'approver',
  'hub-coordinator',
  'vetting-officer',
  'call-handler',
  'referrer',
  'operator',
  'auditor',
]);
export type StaffRole = z.infer<typeof StaffRole>;

/** A member of an organisation, signed in by browser session or by access token. */
export interface Staff {
  readonly is: 'staff';
  readonly memberId: string;
  /** `issuer|subject` of the directory. */
  readonly subject: string;
  readonly forumId: string;
  readonly organisationId: string;
  /** What the directory claims and the membership grants, both. */
  readonly roles: readonly StaffRole[];
  /** Null for a bearer token. */
  readonly sessionId: string | null;
}

/** An organisation's machine. */
export interface Partner {
  readonly is: 'partner';
  readonly keyId: string;
  readonly forumId: string;
  readonly organisationId: string;
  readonly scopes: readonly string[];
  readonly activationIds: readonly string[];
  readonly perMinute: number;
}

/** Whoever holds a link; intake resolves what the token may. */
export interface Person {
  readonly is: 'person';
  readonly token: string;
  readonly address: string;
}

export interface Public {
  readonly is: 'public';
  readonly address: string;
}

export type Caller = Public | Person | Partner | Staff;
