import { z } from 'zod';

/** Letters, marks, space, apostrophe, hyphen, full stop; no control or bidirectional characters, no links, no markup (S13). */
const NAME = /^[\p{L}\p{M} '’.-]+$/u;
const LETTER = /\p{L}/u;
/** Code points that join combining marks without end make names that break a page. */
const MARKS_IN_A_ROW = /\p{M}{4}/u;

/** The name of a person as people write it; composed (NFC), single spaces. */
export const PersonName = z
  .string()
  .max(200, 'too-long')
  .transform((text) => text.normalize('NFC').trim().replaceAll(/ {2,}/g, ' '))
  .pipe(
    z
      .string()
      .min(1, { error: 'required', abort: true })
      .max(80, { error: 'too-long', abort: true })
      .refine((text) => NAME.test(text) && LETTER.test(text) && !MARKS_IN_A_ROW.test(text), 'name-malformed'),
  );

/** Free text that only staff read: lines and tabs, no other control and no bidirectional characters. */
const FORBIDDEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/;
export const plainText = (longest: number) =>
  z
    .string()
    .max(longest, 'too-long')
    .transform((text) => text.replaceAll('\r\n', '\n').normalize('NFC').trim())
    .refine((text) => !FORBIDDEN.test(text), 'text-malformed');

/** One line: an address line, the name of an organisation. */
export const plainLine = (longest: number) =>
  plainText(longest).refine((text) => !/[\n\t]/.test(text), 'text-malformed');
