import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import type { Slotted } from './data-keys.js';

const FORM = 's1.';
const NONCE = 12;
const TAG = 16;
/** Plain text is filled up to a multiple of this, so that its length tells nothing. */
const BLOCK = 256;
const LENGTH = 4;

/** The value is not what was sealed here: moved, rolled back, altered, or under another key. Never says what it held. */
export class SealBroken extends Error {
  readonly code = 'seal-broken';
  constructor(place: string) {
    super(`what stands at ${place} was not sealed there`);
    this.name = 'SealBroken';
  }
}

/** Random bytes are fetched for many nonces at once: a call costs as much as a cipher. None is ever handed out twice. */
const POOL = NONCE * 256;
let pool = Buffer.alloc(0);
let used = 0;
const freshNonce = (): Buffer => {
  if (used + NONCE > pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  used += NONCE;
  return pool.subarray(used - NONCE, used);
};

/** Node tries a bare buffer as a key object first and fails by exception, which costs twice the encryption. */
const secret = (key: Buffer) => createSecretKey(key);

const associated = ({ subject, place, version }: Slotted): Buffer =>
  Buffer.from(`${subject.forumId}|${subject.personId}|${subject.compartment}|${place}|${version}`);

export const seal = (key: Buffer, at: Slotted, value: unknown): string => {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`nothing to seal at ${at.place}`);
  const length = Buffer.byteLength(text);
  const plain = Buffer.alloc(Math.ceil((length + LENGTH) / BLOCK) * BLOCK);
  plain.writeUInt32BE(length);
  plain.write(text, LENGTH);
  const nonce = freshNonce();
  const cipher = createCipheriv('aes-256-gcm', secret(key), nonce, { authTagLength: TAG });
  cipher.setAAD(associated(at));
  return FORM + Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
};

export const open = <T>(key: Buffer, at: Slotted, sealed: string): T => {
  if (!sealed.startsWith(FORM)) throw new SealBroken(at.place);
  const bytes = Buffer.from(sealed.slice(FORM.length), 'base64url');
  if (bytes.length < NONCE + BLOCK + TAG) throw new SealBroken(at.place);
  const cipher = createDecipheriv('aes-256-gcm', secret(key), bytes.subarray(0, NONCE), { authTagLength: TAG });
  cipher.setAAD(associated(at));
  cipher.setAuthTag(bytes.subarray(bytes.length - TAG));
  try {
    const plain = Buffer.concat([cipher.update(bytes.subarray(NONCE, bytes.length - TAG)), cipher.final()]);
    return JSON.parse(plain.toString('utf8', LENGTH, LENGTH + plain.readUInt32BE())) as T;
  } catch {
    throw new SealBroken(at.place);
  }
};
