import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Compartment, Subject } from './data-keys.js';
import { SealBroken } from './seal.js';

const KeyFile = z.strictObject({
  keys: z.record(z.string().regex(/^[a-z0-9-]{1,20}$/), z.base64()),
  current: z.string(),
});

const NONCE = 12;
const TAG = 16;
const KEY = 32;

/** The root keys of one compartment by id; the current one wraps, every one of them unwraps. */
export class RootKeys {
  readonly #roots: ReadonlyMap<string, Buffer>;
  /** As key objects: a bare buffer is tried as one first, by exception, at each use. */
  readonly #derived = new Map<string, KeyObject>();

  constructor(
    readonly compartment: Compartment,
    roots: ReadonlyMap<string, Buffer>,
    readonly current: string,
  ) {
    for (const [id, root] of roots)
      if (root.length !== KEY) throw new Error(`${compartment} key ${id} is not 32 bytes`);
    if (!roots.has(current)) throw new Error(`${compartment} has no key ${current}`);
    this.#roots = roots;
  }

  has(keyId: string): boolean {
    return this.#roots.has(keyId);
  }

  /** HKDF-SHA256 of a root for one use; the uses of one root cannot be told from each other. */
  #derive(keyId: string, use: string): KeyObject {
    const name = `${keyId} ${use}`;
    let key = this.#derived.get(name);
    if (!key) {
      const root = this.#roots.get(keyId);
      if (!root) throw new Error(`the ${this.compartment} key ${keyId} is not held here`);
      key = createSecretKey(Buffer.from(hkdfSync('sha256', root, 'muster', `${this.compartment} ${use}`, KEY)));
      if (this.#derived.size > 10_000) this.#derived.clear();
      this.#derived.set(name, key);
    }
    return key;
  }

  wrap(key: Buffer, use: string, bound: string, nonce: Buffer = randomBytes(NONCE)): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.#derive(this.current, use), nonce, { authTagLength: TAG });
    cipher.setAAD(Buffer.from(bound));
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws SealBroken when it was not wrapped for this owner and use */
  unwrap(wrapped: Buffer, keyId: string, use: string, bound: string): Buffer {
    const cipher = createDecipheriv('aes-256-gcm', this.#derive(keyId, use), wrapped.subarray(0, NONCE), {
      authTagLength: TAG,
    });
    cipher.setAAD(Buffer.from(bound));
    cipher.setAuthTag(wrapped.subarray(wrapped.length - TAG));
    try {
      return Buffer.concat([cipher.update(wrapped.subarray(NONCE, wrapped.length - TAG)), cipher.final()]);
    } catch {
      throw new SealBroken(`${this.compartment} key`);
    }
  }
}

/** What binds a wrapped data key to its owner: it opens nowhere else. */
export const boundTo = (subject: Subject): string => `${subject.forumId}|${subject.personId}|${subject.compartment}`;

/** A new key file's content: `{"keys":{"k1":"…"},"current":"k1"}`. */
export const mintRootKey = (id = 'k1'): string =>
  `${JSON.stringify({ keys: { [id]: randomBytes(KEY).toString('base64') }, current: id })}\n`;

/** Reads `<folder>/<compartment>.json` for each; a file that others may read stops the app. */
export const readRootKeys = (folder: string, compartments: readonly Compartment[]): RootKeys[] =>
  compartments.map((compartment) => {
    const path = join(folder, `${compartment}.json`);
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0)
      throw new Error(`the ${compartment} key file has mode ${mode.toString(8)}; it must be 600`);
    const file = KeyFile.parse(JSON.parse(readFileSync(path, 'utf8')));
    const roots = new Map(Object.entries(file.keys).map(([id, text]) => [id, Buffer.from(text, 'base64')]));
    return new RootKeys(compartment, roots, file.current);
  });
