export const COMPARTMENTS = ['contact', 'support', 'checks', 'need', 'equality', 'safeguarding'] as const;
export type Compartment = (typeof COMPARTMENTS)[number];

/** Whose key: one person in one activation (or one need), and one compartment of what is known about them. */
export interface Subject {
  forumId: string;
  personId: string;
  compartment: Compartment;
}

/** Where a sealed value stands, `application.contact`, and the row's version; a value moved elsewhere does not open. */
export interface Slotted {
  subject: Subject;
  place: string;
  version: number;
}

/** An unwrapped key, and the wrapped form that is stored. */
export interface DataKey {
  readonly subject: Subject;
  readonly key: Buffer;
  readonly keyId: string;
  readonly wrapped: Buffer;
}

const nameOf = (subject: Subject): string => `${subject.personId}/${subject.compartment}`;

/** The data keys of a handful of people, in memory for as long as one transaction needs them. */
export class DataKeys {
  readonly #keys = new Map<string, DataKey>();

  constructor(keys: Iterable<DataKey> = []) {
    for (const key of keys) this.#keys.set(nameOf(key.subject), key);
  }

  of(subject: Subject): DataKey | undefined {
    const found = this.#keys.get(nameOf(subject));
    return found?.subject.forumId === subject.forumId ? found : undefined;
  }

  all(): DataKey[] {
    return [...this.#keys.values()];
  }

  /** Both together; the other's key wins where both hold one. */
  with(other: DataKeys): DataKeys {
    return new DataKeys([...this.all(), ...other.all()]);
  }

  get size(): number {
    return this.#keys.size;
  }
}
