import type { ApplicationState, MessageKind, PoolState, TaskCode } from '@app/contracts';
import type { TaskStatus } from '../application/application.js';
import type { Offer } from '../offers/offer.repository.js';

/** `GET /s/{token}`: where an application stands, for the person in it (interfaces.md §3). */
export interface StatusPage {
  readonly reference: string;
  readonly state: ApplicationState;
  readonly owner: { readonly id: string; readonly name: string };
  /** Null once ended. */
  readonly promise: { readonly dueAt: string; readonly says: string; readonly kind: MessageKind } | null;
  readonly language: 'en' | 'cy';
  readonly timeline: readonly { readonly at: string; readonly code: string; readonly says: string }[];
  readonly pool: PoolState | null;
  readonly tasks: readonly {
    readonly code: TaskCode;
    readonly status: TaskStatus;
    readonly href: string;
    readonly says: string;
    readonly statusSays: string;
    readonly reasonSays: string | null;
  }[];
  readonly offers: readonly {
    readonly id: string;
    readonly role: string;
    readonly place: string;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly respondBy: string | null;
    readonly state: Offer['state'];
    readonly stateSays: string;
    readonly why: readonly string[];
    readonly href: string;
    readonly answers: readonly string[];
  }[];
  readonly links: { readonly self: string; readonly events: string; readonly data: string };
  /** What may be done from here. */
  readonly can: readonly string[];
  readonly stateSays: string;
  readonly title: string;
  readonly exercise: boolean;
  readonly pausedUntil: string | null;
  readonly submittedAt: string;
  readonly mailedTo: boolean;
  readonly version: number;
}
