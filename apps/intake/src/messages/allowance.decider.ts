import type { ContactState } from '../application/application.js';

/** Messages a day to one contact that nobody confirmed and several applications share (S13). */
export const SHARED_PER_DAY = 3;
/** And to one that a single application uses: each step of a day, and no endless stream. */
export const ALONE_PER_DAY = 20;

export interface Sent {
  /** Today, by this application. */
  readonly own: number;
  /** Today, by others with the same contact; null: no other has it. */
  readonly others: number | null;
  readonly contact: ContactState;
  /** Somebody at this contact said "not me" about another application. */
  readonly disownedByKin: boolean;
}

/** How many more messages may go out today. */
export const allowance = (sent: Sent): number => {
  if (sent.contact === 'disowned' || sent.disownedByKin) return 0;
  if (sent.contact === 'confirmed') return Number.POSITIVE_INFINITY;
  if (sent.others === null) return Math.max(0, ALONE_PER_DAY - sent.own);
  return Math.max(0, SHARED_PER_DAY - sent.own - sent.others);
};
