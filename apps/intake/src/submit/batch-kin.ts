import type { Indexed, Kin } from './submission.repository.js';
import { KIN_SEEN } from './submission.repository.js';

interface Relation {
  /** Messages today to the same contact by others; null: nobody else has it. */
  readonly others: number | null;
  readonly disowned: boolean;
  readonly alike: string | null;
}

/** Who shares a contact, in the books and within the batch itself. */
export class BatchKin {
  readonly #here = new Map<string, { id: string; name: string | null; messages: number }[]>();

  constructor(private readonly books: readonly Kin[]) {}

  of(at: number, index: Indexed, _item: { id: string }): Relation {
    const known = this.books[at]!;
    const here = new Map(
      this.#keys(index)
        .flatMap((key) => this.#here.get(key) ?? [])
        .map((one) => [one.id, one]),
    );
    const count = known.count + here.size;
    const name = hexOf(index.name);
    let messages = known.messagesToday;
    let alike = known.alike;
    for (const one of here.values()) {
      messages += one.messages;
      if (alike === null && name !== null && one.name === name) alike = one.id;
    }
    // A contact with more forms than are looked at has had enough.
    const others = count === 0 ? null : known.count >= KIN_SEEN ? Number.MAX_SAFE_INTEGER : messages;
    return { others, disowned: known.disowned, alike };
  }

  add(index: Indexed, item: { id: string }, messages: number): void {
    const entry = { id: item.id, name: hexOf(index.name), messages };
    for (const key of this.#keys(index)) {
      const known = this.#here.get(key);
      if (known) known.push(entry);
      else this.#here.set(key, [entry]);
    }
  }

  #keys(index: Indexed): string[] {
    return [index.email, index.phone].filter((one) => one !== null).map((one) => one.toString('hex'));
  }
}

const hexOf = (index: Buffer | null): string | null => index && index.toString('hex');
