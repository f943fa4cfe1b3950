import { MicroBatch } from './micro-batch.js';

/** ms: nobody sees so short a wait, and looks that share a transaction cost a fraction. */
const PACE_MS = 25;

/** Looks that begin within a moment go together. Each is its own: who joined one that began before their act would not see it. */
export class Looks<I, O> {
  private readonly batch: MicroBatch<{ readonly key: string; readonly at: I }, O>;
  private looked = 0;

  /** @param all one answer for each, in the same order */
  constructor(all: (ats: readonly I[]) => Promise<readonly O[]>) {
    this.batch = new MicroBatch({
      maxItems: 100,
      maxInFlight: 3,
      paceMs: PACE_MS,
      keyOf: ({ key }) => key,
      run: async (looks) => {
        const seen = await all(looks.map(({ at }) => at));
        return looks.map(({ key }, place) => ({ is: 'done', key, value: seen[place] as O }));
      },
    });
  }

  look(at: I): Promise<O> {
    return this.batch.add({ key: String(this.looked++), at });
  }
}
