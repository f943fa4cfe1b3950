import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Compartment } from './data-keys.js';
import type { RootKeys } from './root-keys.js';

export type BlindPurpose = 'email' | 'phone' | 'name' | 'certificate';

/** Who may compute an index of a purpose is who holds the compartment it belongs to and has the right to its row (intake; certificates: vetting). */
const COMPARTMENT: Record<BlindPurpose, Compartment> = {
  email: 'contact',
  phone: 'contact',
  name: 'contact',
  certificate: 'checks',
};
const CERTIFICATE: readonly BlindPurpose[] = ['certificate'];
const CONTACT: readonly BlindPurpose[] = ['email', 'phone', 'name'];
const bound = (activationId: string, purpose: BlindPurpose): string => `${activationId}|${purpose}`;

/** A key is looked at again after so many ms, so that every instance forgets one that was destroyed. */
const FRESH_FOR = 60_000;

interface Loaded {
  /** Null: destroyed. */
  readonly key: KeyObject | null;
  readonly readAt: number;
}

/**
 * Finds an equal value without showing it: HMAC-SHA256 under a random key per activation and purpose, which dies with the activation.
 * The same person in two activations has no byte in common.
 */
export class BlindIndex {
  readonly #roots: ReadonlyMap<Compartment, RootKeys>;
  readonly #keys = new Map<string, Loaded>();

  constructor(
    roots: readonly RootKeys[],
    /** What this app may index; by default intake's. */
    readonly purposes: readonly BlindPurpose[] = CONTACT,
  ) {
    this.#roots = new Map(roots.map((root) => [root.compartment, root]));
  }

  /** Normalise the value first (lower case, E.164). `ensure` must have run for the activation. Null: its key was destroyed. */
  of(activationId: string, purpose: BlindPurpose, value: string): Buffer | null {
    const loaded = this.#keys.get(bound(activationId, purpose));
    if (!loaded) throw new Error(`no ${purpose} blind key of this activation is loaded`);
    return loaded.key && createHmac('sha256', loaded.key).update(value).digest();
  }

  knows(activationId: string): boolean {
    const now = performance.now();
    return this.purposes.every((purpose) => {
      const loaded = this.#keys.get(bound(activationId, purpose));
      return loaded !== undefined && now - loaded.readAt < FRESH_FOR;
    });
  }

  /** Makes the activation's keys if there never were any, and loads them; several instances end with the same. */
  async ensure(tx: Transaction, activationId: string): Promise<void> {
    if (this.knows(activationId)) return;
    const missing = this.purposes.map((purpose) => {
      const root = this.#root(purpose);
      const wrapped = root.wrap(randomBytes(32), 'blind', bound(activationId, purpose));
      return { activation_id: activationId, purpose, key_id: root.current, wrapped };
    });
    await this.#insert(tx, missing, 'on conflict (activation_id, purpose) do nothing');
    const rows = await sql(tx).query<{ purpose: BlindPurpose; key_id: string; wrapped: Buffer | null }>(
      'select purpose, key_id, wrapped from keyring.blind_key where activation_id = $1 and purpose = any($2::text[])',
      [activationId, this.purposes],
    );
    const readAt = performance.now();
    for (const { purpose, key_id, wrapped } of rows) {
      const name = bound(activationId, purpose);
      const key = wrapped && createSecretKey(this.#root(purpose).unwrap(wrapped, key_id, 'blind', name));
      this.#keys.set(name, { key, readAt });
    }
  }

  /**
   * At closure, for good: what was indexed can still be compared with itself, but no value can be looked up or tried out
   * any more, and none is indexed anew.
   */
  async destroy(tx: Transaction, activationId: string): Promise<void> {
    const gone = this.purposes.map((purpose) => ({
      activation_id: activationId,
      purpose,
      key_id: this.#root(purpose).current,
      wrapped: null,
    }));
    await this.#insert(tx, gone, 'on conflict (activation_id, purpose) do update set wrapped = null');
    const readAt = performance.now();
    for (const purpose of this.purposes) this.#keys.set(bound(activationId, purpose), { key: null, readAt });
  }

  #insert(tx: Transaction, rows: readonly Record<string, unknown>[], conflict: string): Promise<unknown> {
    const columns = { activation_id: 'uuid', purpose: 'text', key_id: 'text', wrapped: 'bytea' };
    return sql(tx).insert('keyring.blind_key', columns, rows, conflict);
  }

  #root(purpose: BlindPurpose): RootKeys {
    const root = this.#roots.get(COMPARTMENT[purpose]);
    if (!root) throw new Error(`this app cannot index a ${purpose}`);
    return root;
  }

  static forContacts(roots: readonly RootKeys[]): BlindIndex {
    return new BlindIndex(roots, CONTACT);
  }

  static forCertificates(roots: readonly RootKeys[]): BlindIndex {
    return new BlindIndex(roots, CERTIFICATE);
  }
}
