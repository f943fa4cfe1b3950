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

/**
 * Finds an equal value without showing it: HMAC-SHA256 under a random key per activation and purpose, which dies with the activation.
 * The same person in two activations has no byte in common.
 */
export class BlindIndex {
  readonly #roots: ReadonlyMap<Compartment, RootKeys>;
  readonly #keys = new Map<string, KeyObject>();

  constructor(
    roots: readonly RootKeys[],
    /** What this app may index; by default intake's. */
    readonly purposes: readonly BlindPurpose[] = CONTACT,
  ) {
    this.#roots = new Map(roots.map((root) => [root.compartment, root]));
  }

  /** Normalise the value first (lower case, E.164). `ensure` must have run for the activation. */
  of(activationId: string, purpose: BlindPurpose, value: string): Buffer {
    const key = this.#keys.get(bound(activationId, purpose));
    if (!key) throw new Error(`no ${purpose} blind key of this activation is loaded`);
    return createHmac('sha256', key).update(value).digest();
  }

  knows(activationId: string): boolean {
    return this.purposes.every((purpose) => this.#keys.has(bound(activationId, purpose)));
  }

  /** Makes the activation's keys if there are none, and loads them; several instances end with the same. */
  async ensure(tx: Transaction, activationId: string): Promise<void> {
    if (this.knows(activationId)) return;
    const missing = this.purposes.map((purpose) => {
      const root = this.#root(purpose);
      const wrapped = root.wrap(randomBytes(32), 'blind', bound(activationId, purpose));
      return { activation_id: activationId, purpose, key_id: root.current, wrapped };
    });
    await sql(tx).insert(
      'keyring.blind_key',
      { activation_id: 'uuid', purpose: 'text', key_id: 'text', wrapped: 'bytea' },
      missing,
      'on conflict (activation_id, purpose) do nothing',
    );
    const rows = await sql(tx).query<{ purpose: BlindPurpose; key_id: string; wrapped: Buffer }>(
      'select purpose, key_id, wrapped from keyring.blind_key where activation_id = $1 and purpose = any($2::text[])',
      [activationId, this.purposes],
    );
    for (const { purpose, key_id, wrapped } of rows) {
      const key = this.#root(purpose).unwrap(wrapped, key_id, 'blind', bound(activationId, purpose));
      this.#keys.set(bound(activationId, purpose), createSecretKey(key));
    }
  }

  /** At closure: the indexes that remain point nowhere. Every instance must call it, to forget. */
  async destroy(tx: Transaction, activationId: string): Promise<void> {
    await sql(tx).run('delete from keyring.blind_key where activation_id = $1 and purpose = any($2::text[])', [
      activationId,
      this.purposes,
    ]);
    for (const purpose of this.purposes) this.#keys.delete(bound(activationId, purpose));
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
