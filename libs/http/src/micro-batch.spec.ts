import { describe, expect, test } from '@jest/globals';
import { BatchFull, MicroBatch, type Settled } from './micro-batch.js';

interface Item {
  readonly key: string;
  readonly value: number;
}
const done = (key: string, value: number): Settled<number> => ({ is: 'done', key, value });

describe('a micro-batch', () => {
  test('gives 5,000 people each their own answer, though the answers come in any order and 2% fail', async () => {
    const batch = new MicroBatch<Item, number>({
      maxItems: 250,
      maxInFlight: 2,
      keyOf: ({ key }) => key,
      run: async (items) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
        return items
          .map(({ key, value }): Settled<number> =>
            value % 50 === 0 ? { is: 'failed', key, error: new Error(`poison ${value}`) } : done(key, value * 2),
          )
          .sort(() => Math.random() - 0.5);
      },
    });
    const settled = await Promise.allSettled(
      Array.from({ length: 5000 }, (_, value) => batch.add({ key: `k${value}`, value })),
    );
    settled.forEach((result, value) => {
      if (value % 50 === 0) expect((result as PromiseRejectedResult).reason.message).toBe(`poison ${value}`);
      else expect(result).toEqual({ status: 'fulfilled', value: value * 2 });
    });
  });

  test('sorts by key, keeps to its sizes and to the batches in flight', async () => {
    const seen: string[][] = [];
    let inFlight = 0;
    let most = 0;
    const batch = new MicroBatch<Item, number>({
      maxItems: 10,
      maxInFlight: 2,
      keyOf: ({ key }) => key,
      run: async (items) => {
        seen.push(items.map(({ key }) => key));
        most = Math.max(most, ++inFlight);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inFlight -= 1;
        return items.map(({ key, value }) => done(key, value));
      },
    });
    await Promise.all(Array.from({ length: 95 }, (_, n) => batch.add({ key: `k${(n * 37) % 95}`, value: n })));
    expect(most).toBe(2);
    expect(Math.max(...seen.map((keys) => keys.length))).toBeLessThanOrEqual(10);
    for (const keys of seen) expect(keys).toEqual([...keys].sort());
  });

  test('runs equal keys once, waiting or under way, and answers all who asked', async () => {
    let runs = 0;
    const batch = new MicroBatch<Item, number>({
      maxItems: 5,
      maxInFlight: 1,
      keyOf: ({ key }) => key,
      run: async (items) => {
        runs += items.length;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return items.map(({ key }) => done(key, runs));
      },
    });
    const early = [batch.add({ key: 'a', value: 1 }), batch.add({ key: 'a', value: 1 })];
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(await Promise.all([...early, batch.add({ key: 'a', value: 1 })])).toEqual([1, 1, 1]);
    expect(await batch.add({ key: 'a', value: 1 })).toBe(2);
  });

  test('a batch that throws fails its own items and none after; an item without an answer fails', async () => {
    let broken = true;
    const batch = new MicroBatch<Item, number>({
      maxItems: 5,
      maxInFlight: 1,
      keyOf: ({ key }) => key,
      run: (items) => {
        if (broken) return Promise.reject(new Error('lost connection'));
        return Promise.resolve(items.filter(({ value }) => value > 0).map(({ key, value }) => done(key, value)));
      },
    });
    await expect(batch.add({ key: 'a', value: 1 })).rejects.toThrow('lost connection');
    broken = false;
    expect(await batch.add({ key: 'a', value: 1 })).toBe(1);
    await expect(batch.add({ key: 'b', value: 0 })).rejects.toThrow('no answer');
  });

  test('items of one subject run one after the other, in the order they came', async () => {
    const seen: string[][] = [];
    const batch = new MicroBatch<Item, number>({
      maxItems: 10,
      maxInFlight: 2,
      keyOf: ({ key }) => key,
      subjectOf: ({ value }) => String(value),
      run: async (items) => {
        seen.push(items.map(({ key }) => key));
        await new Promise((resolve) => setTimeout(resolve, 2));
        return items.map(({ key, value }) => done(key, value));
      },
    });
    // Sorted by key alone, the last of one subject would come first.
    await Promise.all(['c', 'b', 'a', 'other'].map((key) => batch.add({ key, value: key === 'other' ? 2 : 1 })));
    expect(seen).toEqual([['c', 'other'], ['b'], ['a']]);
  });

  test('refuses at once what would fill the memory', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const batch = new MicroBatch<Item, number>({
      maxItems: 1,
      maxInFlight: 1,
      maxWaiting: 2,
      keyOf: ({ key }) => key,
      run: async (items) => {
        await promise;
        return items.map(({ key, value }) => done(key, value));
      },
    });
    const taken = ['a', 'b'].map((key) => batch.add({ key, value: 1 }));
    await expect(batch.add({ key: 'c', value: 1 })).rejects.toBeInstanceOf(BatchFull);
    resolve();
    expect(await Promise.all(taken)).toEqual([1, 1]);
    await batch.drained();
    expect(batch.depth).toBe(0);
  });
});
