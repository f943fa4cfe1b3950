import { failureOf } from './failure.decider.js';

export type Halved<I, O> = { is: 'done'; items: readonly I[]; result: O } | { is: 'refused'; item: I; error: unknown };

/**
 * Runs a set; when its data are at fault, runs the halves one after the other, in order, down to the one that is.
 * A failure of the database itself goes on to the caller: nothing is blamed for it.
 */
export async function halving<I, O>(
  items: readonly I[],
  run: (items: readonly I[]) => Promise<O>,
  isData: (error: unknown) => boolean = (error) => failureOf(error) !== 'transient',
): Promise<Halved<I, O>[]> {
  if (items.length === 0) return [];
  try {
    return [{ is: 'done', items, result: await run(items) }];
  } catch (error) {
    if (!isData(error)) throw error;
    if (items.length === 1) return [{ is: 'refused', item: items[0] as I, error }];
    const middle = Math.ceil(items.length / 2);
    const first = await halving(items.slice(0, middle), run, isData);
    return [...first, ...(await halving(items.slice(middle), run, isData))];
  }
}
