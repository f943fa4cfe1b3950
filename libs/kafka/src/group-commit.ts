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

  /** Resolves when nothing is under way. */
  async quiet(): Promise<void> {
    while (this.busy) await sleep(5);
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const taken = this.waiting;
      this.waiting = [];
      await this.deliverAll(taken);
    }
    this.busy = false;
  }

  private async deliverAll(taken: readonly Waiting[]): Promise<void> {
    for (let wait = 50; ; wait = Math.min(wait * 2, 2000)) {
      if (this.ended !== null) return taken.forEach(({ fail }) => fail(this.ended));
      try {
        await this.deliver(
          taken.map(({ batch }) => batch),
          this.signal,
        );
        return taken.forEach(({ settle }) => settle('done'));
      } catch (error) {
        if (error instanceof StopTopics) {
          this.onStop(error.topics);
          return taken.forEach(({ batch, settle }) =>
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
