import type { IntakeMode } from '@app/contracts';
import type { ApplicationForm } from './application-form.js';
import type { ReceiptWords } from './mode.decider.js';
import type { Owner } from './owner.decider.js';

/** A form that passed every rule, on its way into the books. */
export interface Submission {
  readonly id: string;
  readonly activationId: string;
  readonly forumId: string;
  /** SHA-256 of caller, route and key. */
  readonly idempotencyHash: Buffer;
  /** SHA-256 of the body, without `proof`; kept sealed. */
  readonly bodyHash: string;
  readonly enteredBy: string | null;
  readonly at: Date;
  readonly dueAt: Date;
  readonly actAt: Date;
  readonly mode: IntakeMode;
  readonly words: ReceiptWords;
  readonly owner: Owner;
  readonly outwardCode: string | null;
  readonly form: ApplicationForm;
}

/** What is answered, now and at each replay. */
export interface Receipt {
  readonly applicationId: string;
  readonly bodyHash: string;
  readonly reference: string;
  readonly owner: Owner;
  readonly words: ReceiptWords;
  readonly language: 'en' | 'cy';
  readonly dueAt: Date;
  readonly token: string;
  readonly replayed: boolean;
}

/** Sealed in the compartment contact, place `application.contact`: what notification needs. */
export interface SealedContact {
  readonly givenName: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: { readonly lines: readonly string[]; readonly postcode: string } | null;
  /** Of the mailed link. */
  readonly token: string;
}

/** Sealed in the compartment contact, place `application.person`: the rest of who they are. */
export interface SealedPerson {
  readonly familyName: string;
  readonly postcode: string | null;
  readonly alreadyVolunteersWith: string | null;
  readonly guardian: { readonly name: string; readonly email: string } | null;
  readonly onBehalf: { readonly name: string; readonly email?: string | undefined } | null;
  readonly privacy: string;
  /** Of the receipt's link, so that a replay can give it again. */
  readonly receiptToken: string;
  readonly bodyHash: string;
}
