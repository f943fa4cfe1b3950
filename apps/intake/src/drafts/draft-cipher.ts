import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { canonical } from '@app/http';

const NONCE = 12;
const TAG = 16;
const BLOCK = 256;

/** The key comes from the token alone: whoever has the table but no token reads nothing (S19). */
const keyOf = (token: string) => createSecretKey(Buffer.from(hkdfSync('sha256', token, 'muster', 'draft', 32)));

/** Tells two forms apart, to nobody without the token. */
export const hashOfForm = (token: string, form: object): Buffer =>
  createHmac('sha256', token).update(canonical(form)).digest();

export const sealDraft = (token: string, value: unknown, version: number): Buffer => {
  const text = Buffer.from(JSON.stringify(value));
  const plain = Buffer.alloc(Math.ceil((text.length + 4) / BLOCK) * BLOCK);
  plain.writeUInt32BE(text.length);
  text.copy(plain, 4);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', keyOf(token), nonce, { authTagLength: TAG });
  cipher.setAAD(Buffer.from(`draft|${version}`));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

export const openDraft = (token: string, sealed: Buffer, version: number): unknown => {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(token), sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(`draft|${version}`));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  const plain = Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()]);
  return JSON.parse(plain.toString('utf8', 4, 4 + plain.readUInt32BE()));
};
