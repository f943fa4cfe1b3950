import { halving } from '@app/database';
import type { Settled } from './micro-batch.js';

/**
 * Writes a set of a micro-batch down to the one that the database refuses: it alone is told so. What is refused once is
 * refused again, and together with others it would keep them from being written for ever.
 */
export const settledByHalves = async <I>(
  items: readonly I[],
  run: (some: readonly I[]) => Promise<unknown>,
  keyOf: (item: I) => string,
): Promise<Settled<void>[]> => {
  const outcomes = await halving(items, run);
  return outcomes.flatMap((outcome): Settled<void>[] =>
    outcome.is === 'refused'
      ? [{ is: 'failed', key: keyOf(outcome.item), error: outcome.error }]
      : outcome.items.map((item) => ({ is: 'done', key: keyOf(item), value: undefined })),
  );
};
