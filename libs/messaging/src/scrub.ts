import { EVENTS } from '@app/contracts';
import type { Transaction } from '@app/database';
import { scrubJournal } from './journal/journal.repository.js';
import { scrubLetters } from './letters/dead-letter.repository.js';

/** What is not about one person, and the news of the erasure itself. */
const SPARED = EVENTS.filter(({ erasable }) => !erasable).map(({ type }) => type);

/**
 * Takes out of this app's journal and letters what they say of erased people (S17); that something happened, and when,
 * stays. Belongs into the transaction that erases; consumers of an event that `erases` need not call it.
 */
export const scrub = async (tx: Transaction, persons: readonly string[]): Promise<void> => {
  await scrubJournal(tx, persons, SPARED);
  await scrubLetters(tx, persons, SPARED);
};
