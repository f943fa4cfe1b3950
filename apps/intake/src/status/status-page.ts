/** `GET /s/{token}`: where an application stands, for the person in it (interfaces.md §3). */
export interface StatusPage {
  readonly reference: string;
  readonly state: string;
  readonly owner: { readonly id: string; readonly name: string };
  /** Null once ended. */
  readonly promise: { readonly dueAt: string; readonly says: string; readonly kind: string } | null;
  readonly language: 'en' | 'cy';
  readonly timeline: readonly { readonly at: string; readonly code: string; readonly says: string }[];
  readonly pool: string | null;
  readonly tasks: readonly {
    readonly code: string;
    readonly status: string;
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
    readonly state: string;
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
