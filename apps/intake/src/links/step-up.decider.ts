import { after, DAY, MINUTE } from '@app/calendar';
import type { Channel } from '@app/contracts';
import type { ContactState } from '../application/application.js';

/** How long a code can be given. */
export const CODE_FOR = 10 * MINUTE;
/** How long the link may then do all that the receipt's may. */
export const FULL_FOR = 10 * MINUTE;
/** Wrong codes of one application, from whichever link, after which none is taken for a day (S14). */
export const FAILURES_ALLOWED = 5;
export const LOCKED_FOR = DAY;
export const CODES_A_DAY = 5;
/** Asked for again sooner than this, the code that is on its way stands. */
const AGAIN_AFTER = MINUTE;

/** The code that is out for an application, and what became of those before. */
export interface StepUp {
  /** Hash of the link that asked; the code serves no other. */
  readonly link: Buffer;
  readonly sentAt: Date;
  readonly spent: boolean;
  /** Codes sent within a day of `codesFrom`. */
  readonly codes: number;
  readonly codesFrom: Date;
  readonly failures: number;
  readonly failedAt: Date | null;
  readonly fullUntil: Date | null;
}

export type Asked =
  | { readonly is: 'send'; readonly after: StepUp }
  | { readonly is: 'on-its-way'; readonly after: StepUp }
  | { readonly is: 'refused'; readonly code: 'no-confirmed-contact' | 'codes-used-up' }
  | { readonly is: 'too-many'; readonly againAt: Date };

export type Given =
  | { readonly is: 'right'; readonly after: StepUp }
  | { readonly is: 'wrong'; readonly after: StepUp }
  | { readonly is: 'refused'; readonly code: 'code-expired' | 'codes-used-up' };

/** Somebody proved that the contact is theirs, and it takes minutes: no letter does. */
export const canHaveCode = (of: { contact: ContactState; channel: Channel }): boolean =>
  of.contact === 'confirmed' && of.channel !== 'post';

export const expiresAt = (of: StepUp): Date => after(of.sentAt, CODE_FOR);

const isLocked = (of: StepUp | null, now: Date): boolean =>
  of !== null && of.failedAt !== null && of.failures >= FAILURES_ALLOWED && now < after(of.failedAt, LOCKED_FOR);

const isOut = (of: StepUp, link: Buffer, now: Date): boolean =>
  !of.spent && of.link.equals(link) && now < expiresAt(of);

export const askForCode = (
  before: StepUp | null,
  of: { contact: ContactState; channel: Channel },
  link: Buffer,
  now: Date,
): Asked => {
  if (!canHaveCode(of)) return { is: 'refused', code: 'no-confirmed-contact' };
  if (isLocked(before, now)) return { is: 'refused', code: 'codes-used-up' };
  if (before && isOut(before, link, now) && now < after(before.sentAt, AGAIN_AFTER))
    return { is: 'on-its-way', after: before };
  const today = before !== null && now < after(before.codesFrom, DAY);
  if (today && before.codes >= CODES_A_DAY) return { is: 'too-many', againAt: after(before.codesFrom, DAY) };
  const worn = before !== null && before.failures >= FAILURES_ALLOWED;
  return {
    is: 'send',
    after: {
      link,
      sentAt: now,
      spent: false,
      codes: today ? before.codes + 1 : 1,
      codesFrom: today ? before.codesFrom : now,
      failures: before === null || worn ? 0 : before.failures,
      failedAt: before === null || worn ? null : before.failedAt,
      fullUntil: null,
    },
  };
};

/** `right`: it is the code that was sent. Wrong ones are counted over all codes, until a right one. */
export const giveCode = (before: StepUp | null, link: Buffer, right: boolean, now: Date): Given => {
  if (isLocked(before, now)) return { is: 'refused', code: 'codes-used-up' };
  if (before === null || !isOut(before, link, now)) return { is: 'refused', code: 'code-expired' };
  if (!right) {
    const failures = before.failures + 1;
    return { is: 'wrong', after: { ...before, failures, failedAt: now, spent: failures >= FAILURES_ALLOWED } };
  }
  return {
    is: 'right',
    after: { ...before, spent: true, failures: 0, failedAt: null, fullUntil: after(now, FULL_FOR) },
  };
};
