import { randomBytes } from 'node:crypto';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { COMPARTMENTS, type Compartment, type DataKey, DataKeys, type Slotted, type Subject } from './data-keys.js';
import { boundTo, readRootKeys, type RootKeys } from './root-keys.js';
import { open, seal, SealBroken } from './seal.js';

const KEY = 32;
const NONCE = 12;
const use = (forumId: string): string => `forum ${forumId}`;
/** One partition per compartment, addressed by name: rights are plain GRANTs on it. */
const tableOf = (compartment: Compartment): string => `keyring.data_key_${compartment}`;

interface Row {
  person_id: string;
  forum_id: string;
  key_id: string;
  wrapped: Buffer;
}

/** One data key per person and compartment, wrapped by a key per forum and compartment; an app opens only what it holds root keys for. */
export class Keyring {
  readonly #roots: ReadonlyMap<Compartment, RootKeys>;
  #broken = 0;

  constructor(roots: readonly RootKeys[]) {
    this.#roots = new Map(roots.map((root) => [root.compartment, root]));
  }

  static fromFolder(folder: string, compartments: readonly Compartment[]): Keyring {
    return new Keyring(readRootKeys(folder, compartments));
  }

  get compartments(): Compartment[] {
    return [...this.#roots.keys()];
  }

  /** How often the database held something else than was sealed there, since this process began (S22). */
  get broken(): number {
    return this.#broken;
  }

  #counted<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof SealBroken) this.#broken += 1;
      throw error;
    }
  }

  #rootOf(compartment: Compartment): RootKeys {
    const root = this.#roots.get(compartment);
    if (!root) throw new Error(`this app does not hold the compartment ${compartment}`);
    return root;
  }

  /** New random keys, wrapped and not yet stored. */
  forge(subjects: readonly Subject[]): DataKeys {
    const random = randomBytes(subjects.length * (KEY + NONCE));
    return new DataKeys(
      subjects.map((subject, index): DataKey => {
        const at = index * (KEY + NONCE);
        const key = random.subarray(at, at + KEY);
        const root = this.#rootOf(subject.compartment);
        const nonce = random.subarray(at + KEY, at + KEY + NONCE);
        return {
          subject,
          key,
          keyId: root.current,
          wrapped: root.wrap(key, use(subject.forumId), boundTo(subject), nonce),
        };
      }),
    );
  }

  /** A person who has a key already is an error (23505) for the caller to see: two keys would make one of two values unreadable. */
  async store(tx: Transaction, keys: DataKeys): Promise<void> {
    const groups = [...byCompartment(keys.all(), (key) => key.subject.compartment)];
    const stored = groups.map(([compartment, group]) =>
      sql(tx).insert(
        tableOf(compartment),
        { person_id: 'uuid', compartment: 'text', forum_id: 'uuid', key_id: 'text', wrapped: 'bytea' },
        group.map(({ subject, keyId, wrapped }) => ({
          person_id: subject.personId,
          compartment,
          forum_id: subject.forumId,
          key_id: keyId,
          wrapped,
        })),
      ),
    );
    await Promise.all(stored);
  }

  /** The keys of those who still have one; the erased are absent. */
  async fetch(tx: Transaction, subjects: readonly Subject[]): Promise<DataKeys> {
    const found: DataKey[] = [];
    for (const [compartment, group] of byCompartment(subjects, (subject) => subject.compartment)) {
      const root = this.#rootOf(compartment);
      const rows = await sql(tx).query<Row>(
        `select person_id, forum_id, key_id, wrapped from ${tableOf(compartment)} where person_id = any($1::uuid[])`,
        [[...new Set(group.map(({ personId }) => personId))]],
      );
      for (const row of rows) {
        const subject: Subject = { forumId: row.forum_id, personId: row.person_id, compartment };
        const key = this.#counted(() => root.unwrap(row.wrapped, row.key_id, use(row.forum_id), boundTo(subject)));
        found.push({ subject, key, keyId: row.key_id, wrapped: row.wrapped });
      }
    }
    return new DataKeys(found);
  }

  has(keys: DataKeys, subject: Subject): boolean {
    return keys.of(subject) !== undefined;
  }

  /** `s1.…`; a missing key is a defect of the caller. */
  seal(keys: DataKeys, at: Slotted, value: unknown): string {
    const key = keys.of(at.subject);
    if (!key) throw new Error(`no ${at.subject.compartment} key was fetched for ${at.place}`);
    return seal(key.key, at, value);
  }

  /** Throws SealBroken when the value was not sealed at this place, for this person, in this version. */
  open<T>(keys: DataKeys, at: Slotted, sealed: string): T {
    const key = keys.of(at.subject);
    if (!key) throw new SealBroken(at.place);
    return this.#counted(() => open<T>(key.key, at, sealed));
  }

  /** The keys of these people, made for those who have none. */
  async ensure(tx: Transaction, subjects: readonly Subject[]): Promise<DataKeys> {
    const found = await this.fetch(tx, subjects);
    const missing = subjects.filter((subject) => !this.has(found, subject));
    if (missing.length === 0) return found;
    const made = this.forge(missing);
    await this.store(tx, made);
    return new DataKeys([...found.all(), ...made.all()]);
  }

  /** Seals for one person, making the key when there is none. */
  async sealOne(tx: Transaction, at: Slotted, value: unknown): Promise<string> {
    return this.seal(await this.ensure(tx, [at.subject]), at, value);
  }

  /** Null when the person was erased. */
  async openOne<T>(tx: Transaction, at: Slotted, sealed: string): Promise<T | null> {
    const keys = await this.fetch(tx, [at.subject]);
    return this.has(keys, at.subject) ? this.open<T>(keys, at, sealed) : null;
  }

  /** Deletes the keys of every compartment, so that nothing sealed can be read again, and records who was erased. */
  async erase(tx: Transaction, personIds: readonly string[]): Promise<void> {
    const ids = [...new Set(personIds)].sort();
    for (const compartment of COMPARTMENTS) {
      await sql(tx).run(`delete from ${tableOf(compartment)} where person_id = any($1::uuid[])`, [ids]);
    }
    await sql(tx).run(
      'insert into keyring.erased (person_id) select unnest($1::uuid[]) on conflict (person_id) do nothing',
      [ids],
    );
  }

  /** Wraps up to `limit` keys anew under the current root key; 0 when every row is under it and the old root may go. */
  async rewrap(tx: Transaction, compartment: Compartment, limit = 500): Promise<number> {
    const root = this.#rootOf(compartment);
    const rows = await sql(tx).query<Row>(
      `select person_id, forum_id, key_id, wrapped from ${tableOf(compartment)}
        where key_id <> $1 order by person_id limit $2 for update skip locked`,
      [root.current, limit],
    );
    if (rows.length === 0) return 0;
    await sql(tx).update(
      tableOf(compartment),
      { person_id: 'uuid' },
      { key_id: 'text', wrapped: 'bytea' },
      rows.map((row) => {
        const bound = boundTo({ forumId: row.forum_id, personId: row.person_id, compartment });
        const key = root.unwrap(row.wrapped, row.key_id, use(row.forum_id), bound);
        return { person_id: row.person_id, key_id: root.current, wrapped: root.wrap(key, use(row.forum_id), bound) };
      }),
    );
    return rows.length;
  }
}

const byCompartment = <T>(items: readonly T[], of: (item: T) => Compartment): Map<Compartment, T[]> => {
  const groups = new Map<Compartment, T[]>();
  for (const item of items) {
    const group = groups.get(of(item));
    if (group) group.push(item);
    else groups.set(of(item), [item]);
  }
  return groups;
};
