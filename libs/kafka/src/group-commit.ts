import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '@app/database';
import { StopTopics, type Arrived } from '@app/messaging';
import type { Log } from '@app/telemetry';

export type Settled = 'done' | 'left';

interface Waiting {
  readonly batch: readonly Arrived[];
  settle(how: Settled): void;
  fail(error: unknown): void;
}

/**
 * A transaction is paid for once however many events share it. So a round lasts three times as long as its work, within
 * these bounds: nobody notices when there is little to do, and when the machine is busy batches grow instead of the wait.
 */
const ROUND_MS = { least: 40, most: 80 };
/** So many events are company enough. */
const MANY = 500;

/**
 * kafkajs hands over one partition at a time; this gathers the partitions of one fetch into one delivery, so that they
 * share a transaction. While one runs, the next gathers.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private busy = false;
  private ended: unknown = null;

  constructor(
    private readonly deliver: (partitions: readonly (readonly Arrived[])[], signal: AbortSignal) => Promise<void>,
    private readonly signal: AbortSignal,
    private readonly onStop: (topics: readonly string[]) => void,
    private readonly log: Log,
  ) {
    signal.addEventListener('abort', () => (this.ended = signal.reason), { once: true });
  }

  /** `done`: has had its effect. `left`: its topic has been stopped; it comes again. @throws when nothing new may start */
  add(batch: readonly Arrived[]): Promise<Settled> {
    return new Promise((settle, fail) => {
      this.waiting.push({ batch, settle, fail });
      if (this.busy) return;
      this.busy = true;
      setImmediate(() => void this.run());
    });
  }

  /** Resolves when nothing is under way, or when it takes longer than that: a database that is away must not hold up a stop. */
  async quiet(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (this.busy && performance.now() < until) await sleep(5);
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const taken = this.waiting;
      this.waiting = [];
      const began = performance.now();
      const settle = await this.deliverAll(taken);
      if (taken.reduce((sum, { batch }) => sum + batch.length, 0) < MANY) await this.rest(performance.now() - began);
      settle();
    }
    this.busy = false;
  }

  /** Before the fetch is settled: the next one begins afterwards, and brings all that came meanwhile. */
  private async rest(workedMs: number): Promise<void> {
    const round = Math.min(ROUND_MS.most, Math.max(ROUND_MS.least, workedMs * 3));
    if (this.ended === null && round > workedMs)
      await sleep(round - workedMs, undefined, { signal: this.signal }).catch(() => undefined);
  }

  private async deliverAll(taken: readonly Waiting[]): Promise<() => void> {
    for (let wait = 50; ; wait = Math.min(wait * 2, 2000)) {
      if (this.ended !== null) return () => taken.forEach(({ fail }) => fail(this.ended));
      try {
        await this.deliver(
          taken.map(({ batch }) => batch),
          this.signal,
        );
        return () => taken.forEach(({ settle }) => settle('done'));
      } catch (error) {
        if (error instanceof StopTopics) {
          this.onStop(error.topics);
          return () =>
            taken.forEach(({ batch, settle }) =>
              settle(error.topics.includes(batch[0]?.topic ?? '') ? 'left' : 'done'),
            );
        }
        if (this.ended === null) {
          this.log.warn('delivery-waits', { reason: codeOf(error), ms: wait });
          await sleep(wait * (0.75 + Math.random() / 2), undefined, { signal: this.signal }).catch(() => undefined);
        }
      }
    }
  }
}
