/** Who somebody is, as a provider proved it. */
export interface ProvenPerson {
  readonly givenName: string;
  readonly familyName: string;
  readonly dateOfBirth: string;
}

export type IdentityAnswer =
  | { readonly is: 'pending'; readonly session: string; readonly url: string | null }
  | { readonly is: 'verified'; readonly session: string; readonly person: ProvenPerson; readonly level: string }
  | { readonly is: 'failed'; readonly session: string; readonly reason: string }
  | { readonly is: 'expired'; readonly session: string };

export interface IdentityRequest {
  /** Ours; asking twice under one reference begins one session. */
  readonly reference: string;
  readonly applicant: ProvenPerson;
  readonly returnUrl?: string | undefined;
}

/**
 * A certified provider of digital verification. We do not become one: it looks at documents, we keep its word, its level
 * and the time. Throws `NoAnswer` for anything but an answer that is understood to the letter.
 */
export abstract class IdentityProvider {
  abstract begin(request: IdentityRequest): Promise<IdentityAnswer>;
  abstract look(session: string): Promise<IdentityAnswer>;
}
