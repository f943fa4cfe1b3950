/** What became of one item of a batch; `key` says whose answer it is, so that nobody can be handed another's (S8). */
export type Settled<O> =
  | { readonly is: 'done'; readonly key: string; readonly value: O }
  | { readonly is: 'failed'; readonly key: string; readonly error: unknown };

export interface MicroBatchOptions<I, O> {
  readonly maxItems: number;
  readonly maxInFlight: number;
  /** Items with the same key share one place in a batch and one result: it must name caller, route, key and body. */
  readonly keyOf: (item: I) => string;
  /** Items of one subject run one after the other, in the order they came: the later sees what the earlier did. */
  readonly subjectOf?: (item: I) => string;
  /** One result per item, found by its key; the items come sorted by key. */
  readonly run: (items: readonly I[]) => Promise<readonly Settled<O>[]>;
  /** ms between the starts of batches that are not full: whoever can wait shares a transaction with more. None by default. */
  readonly paceMs?: number;
  /** Waiting items beyond this are refused at once, so that a slow database cannot fill the memory. */
  readonly maxWaiting?: number;
}

export class BatchFull extends Error {
  constructor() {
    super('batch-full');
    this.name = 'BatchFull';
  }
}

interface Waiting<I, O> {
  readonly key: string;
  readonly item: I;
  readonly promise: Promise<O>;
  readonly resolve: (value: O) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what arrives while earlier batches are in flight and runs it as one: alone an item goes at once, under load
 * many share a transaction. Items are sorted by key, because unsorted retry storms deadlock.
 */
export class MicroBatch<I, O> {
  private readonly waiting = new Map<string, Waiting<I, O>>();
  private readonly running = new Map<string, Waiting<I, O>>();
  private inFlight = 0;
  private scheduled = false;
  private startedAt = -Infinity;

  constructor(private readonly options: MicroBatchOptions<I, O>) {}

  add(item: I): Promise<O> {
    const key = this.options.keyOf(item);
    const twin = this.waiting.get(key) ?? this.running.get(key);
    if (twin) return twin.promise;
    if (this.waiting.size >= (this.options.maxWaiting ?? this.options.maxItems * 40)) {
      return Promise.reject(new BatchFull());
    }
    const { promise, resolve, reject } = Promise.withResolvers<O>();
    this.waiting.set(key, { key, item, promise, resolve, reject });
    this.schedule();
    return promise;
  }

  get depth(): number {
    return this.waiting.size;
  }

  /** Everybody who has not been answered yet. */
  get present(): number {
    return this.waiting.size + this.running.size;
  }

  /** Resolves once nothing waits or runs. */
  async drained(): Promise<void> {
    while (this.waiting.size > 0 || this.running.size > 0) {
      await Promise.allSettled([...this.running.values(), ...this.waiting.values()].map((one) => one.promise));
    }
  }

  private schedule(): void {
    if (this.scheduled || this.inFlight >= this.options.maxInFlight || this.waiting.size === 0) return;
    this.scheduled = true;
    const begin = () => {
      this.scheduled = false;
      while (this.inFlight < this.options.maxInFlight && this.start());
    };
    const rest = this.startedAt + (this.options.paceMs ?? 0) - performance.now();
    // One turn of the loop lets the requests that were read from their sockets together share the batch.
    if (rest > 0 && this.waiting.size < this.options.maxItems) setTimeout(begin, rest);
    else setImmediate(begin);
  }

  /** False: nothing waits that may run now. */
  private start(): boolean {
    const batch = this.next();
    if (batch.length === 0) return false;
    this.startedAt = performance.now();
    for (const one of batch) {
      this.waiting.delete(one.key);
      this.running.set(one.key, one);
    }
    batch.sort((a, b) => (a.key < b.key ? -1 : 1));
    this.inFlight += 1;
    void this.finish(batch);
    return true;
  }

  private next(): Waiting<I, O>[] {
    const { maxItems, subjectOf } = this.options;
    const busy = new Set(subjectOf && [...this.running.values()].map(({ item }) => subjectOf(item)));
    const batch: Waiting<I, O>[] = [];
    for (const one of this.waiting.values()) {
      if (batch.length === maxItems) break;
      if (subjectOf) {
        const subject = subjectOf(one.item);
        if (busy.has(subject)) continue;
        busy.add(subject);
      }
      batch.push(one);
    }
    return batch;
  }

  private async finish(batch: readonly Waiting<I, O>[]): Promise<void> {
    const results = new Map<string, Settled<O>>();
    let broken: unknown = null;
    try {
      for (const result of await this.options.run(batch.map((one) => one.item))) results.set(result.key, result);
    } catch (error) {
      broken = error;
    }
    for (const one of batch) {
      this.running.delete(one.key);
      const result = results.get(one.key);
      if (result?.is === 'done') one.resolve(result.value);
      else one.reject(result ? result.error : (broken ?? new Error('the batch gave no answer for this item')));
    }
    this.inFlight -= 1;
    this.schedule();
  }
}
