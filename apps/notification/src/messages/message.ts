import type {
  ActivationKind,
  DataOf,
  Language,
  MessageFacts,
  MessageKind,
  MessageRequested,
  Transport,
  Urgency,
} from '@app/contracts';

export type MessageState = 'created' | 'queued' | 'sending' | 'sent' | 'delivered' | 'failed' | 'unknown' | 'cancelled';

/** The event that asked for a message: what is said about it later belongs to the same work. */
export interface Cause {
  readonly id: string;
  readonly correlationId: string;
  readonly traceparent?: string;
}

/** A message that intake asked for. */
export interface Owed {
  readonly requestId: string;
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly kind: MessageKind;
  readonly urgency: Urgency;
  readonly reference: string;
  readonly ownerName: string;
  readonly promiseDueAt: string | null;
  readonly facts: MessageFacts;
  readonly to?: DataOf<typeof MessageRequested>['to'];
  readonly requestedAt: Date;
  readonly cause: Cause;
}

/** One way by which it shall travel; a row. */
export interface Routed extends Owed {
  readonly id: string;
  readonly transport: Transport;
  readonly anyHour: boolean;
}

/** Taken for sending: all that is needed to word it and to send it. */
export interface Taken {
  readonly id: string;
  readonly requestId: string;
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly kind: MessageKind;
  readonly urgency: Urgency;
  readonly transport: Transport;
  readonly attempts: number;
  /** An earlier try was lost: the provider may have it already. */
  readonly repeated: boolean;
  readonly version: number;
  readonly cause: Cause;
  readonly reference: string;
  readonly ownerName: string;
  readonly promiseDueAt: Date | null;
  readonly facts: MessageFacts;
  readonly requestedAt: Date;
  readonly activationKind: ActivationKind;
  readonly title: Readonly<Record<Language, string>>;
  readonly language: Language;
  /** Null: erased, or never heard of. */
  readonly contact: Contact | null;
  /** Of a message that carries one; opened. */
  readonly code: string | null;
}

/** What intake sealed in the contact compartment at `application.contact`. */
export interface Contact {
  readonly givenName?: string;
  readonly familyName?: string;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly address?: { readonly lines: readonly string[]; readonly postcode?: string } | null;
  /** The token of the link that is mailed. */
  readonly token?: string;
  /** Somebody opened a link that was sent there and knew what only the applicant knows (H8). */
  readonly confirmed?: boolean;
}
