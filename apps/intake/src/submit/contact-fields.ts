import { isForces, parsePostcode } from '@app/geography';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { z } from 'zod';

/** A mailbox as SMTP takes it without quoting; lower case, because two spellings reach one person. */
export const Email = z
  .string()
  .max(254, 'too-long')
  .transform((text) => text.trim())
  .pipe(
    z
      .string()
      .min(1, 'required')
      .regex(
        /^[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/,
        'email-malformed',
      )
      .refine((text) => !text.includes('..') && !text.startsWith('.') && !text.includes('.@'), 'email-malformed'),
  )
  .transform((text) => text.toLowerCase());

/** 07700 900000–900999: Ofcom keeps them for drama, GOV.UK Notify for tests; they reach nobody. */
const TEST_NUMBER = /^\+447700900\d{3}$/;
/** Mobiles only: 070 are personal numbers at premium rates and 076 pagers (S13). */
const UK_MOBILE = /^\+447[1-57-9]\d{8}$/;

/** E.164 of a UK mobile; the numbers kept for tests only where nothing leaves the machine. */
export const phone = (allowTestNumbers: boolean) =>
  z
    .string()
    .max(40, 'too-long')
    .transform((text, ctx) => {
      const parsed = parsePhoneNumberFromString(text.trim(), 'GB');
      const number = parsed?.number ?? '';
      if (TEST_NUMBER.test(number)) {
        if (allowTestNumbers) return number as string;
        ctx.addIssue({ code: 'custom', message: 'phone-malformed' });
        return z.NEVER;
      }
      if (!parsed?.isPossible() || !UK_MOBILE.test(number) || (parsed.country ?? 'GB') !== 'GB') {
        ctx.addIssue({ code: 'custom', message: parsed?.isPossible() ? 'phone-not-uk-mobile' : 'phone-malformed' });
        return z.NEVER;
      }
      return number as string;
    });

const PO_BOX = /^\s*p\.?\s*o\.?\s*box\b/i;

export interface Postcode {
  readonly outwardCode: string;
  readonly postcode: string;
}

/** A postcode by its form; whether it exists and lies in the area is asked of the table. */
export const PostcodeField = z
  .string()
  .max(60, 'too-long')
  .transform((text, ctx): Postcode => {
    if (PO_BOX.test(text)) return issue(ctx, 'po-box');
    const parsed = parsePostcode(text.trim());
    const compact = text.toUpperCase().replaceAll(/[\s.-]+/g, '');
    if (isForces(compact)) return issue(ctx, 'forces-postcode');
    if (parsed.is === 'malformed') return issue(ctx, 'postcode-malformed');
    return { outwardCode: parsed.outwardCode, postcode: parsed.postcode };
  });

const issue = (ctx: z.RefinementCtx, code: string): never => {
  ctx.addIssue({ code: 'custom', message: code });
  return z.NEVER;
};
