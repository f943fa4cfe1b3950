import { randomBytes } from 'node:crypto';

/** Crockford base 32: no I, L, O or U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `MU-7K4D-93TQ-X`: eight random characters and one that checks them. */
export const mintReference = (random: Buffer = randomBytes(8)): string => {
  const body = Array.from(random.subarray(0, 8), (byte) => ALPHABET[byte & 31]).join('');
  return `MU-${body.slice(0, 4)}-${body.slice(4)}-${checkOf(body)}`;
};

/** A weighted sum modulo 31 with odd weights: one wrong character, or two neighbours exchanged, changes it. */
const checkOf = (body: string): string => {
  let sum = 0;
  for (let at = 0; at < body.length; at++) sum += ALPHABET.indexOf(body[at]!) * (at + 2);
  return ALPHABET[sum % 31]!;
};

/** What somebody typed or read out, in its proper form; null when the check character does not fit. */
export const readReference = (text: string): string | null => {
  if (text.length > 24) return null;
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const [, body, check] = /^MU([0-9A-HJKMNP-TV-Z]{8})([0-9A-HJKMNP-TV-Z])$/.exec(plain) ?? [];
  if (!body || checkOf(body) !== check) return null;
  return `MU-${body.slice(0, 4)}-${body.slice(4)}-${check}`;
};
