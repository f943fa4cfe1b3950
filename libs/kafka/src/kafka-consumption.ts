import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '@app/database';
import type { Arrived, Consumption, PartitionEpoch, Subscription } from '@app/messaging';
import type { Log } from '@app/telemetry';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { arrivedFrom } from './arrived.js';
import { GroupCommit } from './group-commit.js';

/** ms. The broker takes a silent member for dead after the session; a heartbeat is due every half second. */
const SESSION_MS = 3000;
const HEARTBEAT_MS = 500;
const COMMIT_MS = 1000;
/** What is under way when a member stops may end, for so long. */
const QUIET_MS = 5000;
/** An idle member asks four times a second, a busy one gets at once what came while its last transaction ran. */
const MAX_WAIT_MS = 250;
const MIN_BYTES = 1;
/** A fetch fits a transaction of 250 ms. */
const MAX_BYTES = 1_048_576;
const PARTITIONS = 12;

export interface ConsumptionOptions {
  readonly kafka: Kafka;
  readonly admin: <T>(work: (admin: Admin) => Promise<T>) => Promise<T>;
  readonly subscription: Subscription;
  readonly log: Log;
}

/** One member of one group; restarts itself after a crash and gives its partitions back when it stops. */
export class KafkaConsumption implements Consumption {
  serving = false;
  private readonly stopping = new AbortController();
  private readonly paused = new Set<string>();
  private readonly places = new Map<string, { topic: string; partition: number; next: bigint; committed: bigint }>();
  private readonly seen = new Map<string, { end: bigint; at: number }[]>();
  private epochs: Map<string, number> | null = null;
  private consumer: Consumer | null = null;
  private running: { commit: GroupCommit } | null = null;
  private loop: Promise<void>;

  constructor(private readonly o: ConsumptionOptions) {
    this.loop = this.keepRunning();
  }

  pause(topics: readonly string[]): void {
    for (const topic of topics) this.paused.add(topic);
    this.consumer?.pause(topics.map((topic) => ({ topic })));
  }

  resume(topics: readonly string[]): void {
    for (const topic of topics) this.paused.delete(topic);
    this.consumer?.resume(topics.map((topic) => ({ topic })));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  async lag(): Promise<Record<string, { messages: number; oldestSeconds: number }>> {
    const now = performance.now();
    const lags = this.o.subscription.topics.map(async (topic) => {
      let messages = 0n;
      let oldest = now;
      const mine = [...this.places.values()].filter((place) => place.topic === topic);
      if (mine.length === 0) return [topic, { messages: 0, oldestSeconds: 0 }] as const;
      for (const { partition, offset } of await this.o.admin((admin) => admin.fetchTopicOffsets(topic))) {
        const place = mine.find((candidate) => candidate.partition === partition);
        if (!place) continue;
        const end = BigInt(offset);
        const since = (this.seen.get(`${topic}/${partition}`) ?? []).filter((sample) => sample.end > place.next);
        if (end > place.next) {
          messages += end - place.next;
          if (since.at(-1)?.end !== end) since.push({ end, at: now });
          oldest = Math.min(oldest, since[0]?.at ?? now);
        }
        this.seen.set(`${topic}/${partition}`, since.slice(0, 600));
      }
      return [topic, { messages: Number(messages), oldestSeconds: (now - oldest) / 1000 }] as const;
    });
    return Object.fromEntries(await Promise.all(lags));
  }

  private async keepRunning(): Promise<void> {
    const { signal } = this.stopping;
    for (let wait = 100; !signal.aborted; wait = Math.min(wait * 2, 2000)) {
      const started = performance.now();
      try {
        await this.runOnce(signal);
      } catch (error) {
        this.o.log.warn('consumer-restarts', { group: this.o.subscription.group, reason: codeOf(error) });
      }
      this.serving = false;
      if (performance.now() - started > 30_000) wait = 100;
      if (!signal.aborted) await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves when asked to stop; throws when kafkajs gave up. */
  private async runOnce(signal: AbortSignal): Promise<void> {
    const { kafka, subscription, log } = this.o;
    const topics = [...subscription.topics];
    const consumer = kafka.consumer({
      groupId: subscription.group,
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      minBytes: MIN_BYTES,
      maxBytes: MAX_BYTES,
      maxBytesPerPartition: MAX_BYTES,
      allowAutoTopicCreation: false,
      metadataMaxAge: 30_000,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1000, restartOnFailure: () => Promise.resolve(false) },
    });
    const over = Promise.withResolvers<void>();
    over.promise.catch(() => undefined);
    const generations = new Generations();
    const { events } = consumer;
    const forget = [
      consumer.on(events.CRASH, ({ payload }) => over.reject(payload.error)),
      consumer.on(events.GROUP_JOIN, ({ payload }) => {
        const assignment = payload.memberAssignment as Record<string, number[]>;
        this.begin(assignment);
        const lookedBack = this.lookBack(consumer, assignment);
        lookedBack.catch(over.reject);
        generations.next(lookedBack);
        if (this.paused.size > 0) consumer.pause([...this.paused].map((topic) => ({ topic })));
        this.serving = true;
        log.info('group-joined', { group: subscription.group, partitions: this.places.size });
      }),
    ];
    const stop = () => over.resolve();
    signal.addEventListener('abort', stop, { once: true });
    const timer = setInterval(() => void this.commit(consumer), COMMIT_MS);
    try {
      this.epochs ??= await this.readEpochs();
      await consumer.connect();
      await consumer.subscribe({ topics, fromBeginning: true });
      this.consumer = consumer;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // All partitions of a fetch at once, so that they can share a transaction.
        partitionsConsumedConcurrently: PARTITIONS * topics.length,
        eachBatch: (payload) => this.take(consumer, payload, generations),
      });
      await over.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      clearInterval(timer);
      await this.running?.commit.quiet(QUIET_MS);
      generations.current.lost.abort(new Error('the consumption has stopped'));
      await this.commit(consumer);
      this.consumer = null;
      for (const remove of forget) remove();
      await Promise.race([consumer.disconnect().catch(() => undefined), sleep(5000, undefined, { ref: false })]);
    }
  }

  private begin(assignment: Record<string, number[]>): void {
    const kept = new Map(this.places);
    this.places.clear();
    for (const [topic, partitions] of Object.entries(assignment))
      for (const partition of partitions) {
        const place = kept.get(`${topic}/${partition}`);
        this.places.set(`${topic}/${partition}`, place ?? { topic, partition, next: 0n, committed: -1n });
      }
  }

  /**
   * An offset does not say which building of the topic it counts in; the message before it does. Each partition is read
   * from that one on; where there are fewer messages than the offset counts, it is another building, read from its beginning.
   * @returns the offsets of those messages, which have had their effect
   */
  private async lookBack(consumer: Consumer, assignment: Record<string, number[]>): Promise<Map<string, string>> {
    const groupId = this.o.subscription.group;
    const topics = Object.keys(assignment);
    const committed = topics.length === 0 ? [] : await this.o.admin((admin) => admin.fetchOffsets({ groupId, topics }));
    const behind = new Map<string, string>();
    for (const { topic, partitions } of committed) {
      const ends = await this.o.admin((admin) => admin.fetchTopicOffsets(topic));
      for (const { partition, offset } of partitions) {
        const place = this.places.get(`${topic}/${partition}`);
        const next = BigInt(offset);
        if (!place || next <= 0n) continue;
        if (next > BigInt(ends.find((end) => end.partition === partition)?.high ?? 0)) {
          consumer.seek({ topic, partition, offset: '0' });
          continue;
        }
        if (place.next === 0n) place.next = place.committed = next;
        behind.set(`${topic}/${partition}`, String(next - 1n));
        consumer.seek({ topic, partition, offset: String(next - 1n) });
      }
    }
    return behind;
  }

  private async take(consumer: Consumer, payload: EachBatchPayload, generations: Generations): Promise<void> {
    const { batch } = payload;
    const generation = generations.current;
    if (this.stopping.signal.aborted || this.paused.has(batch.topic)) return;
    const behind = await generation.lookedBack;
    if (payload.isStale()) return;
    const arrived = batch.messages.map((message) => arrivedFrom(batch.topic, batch.partition, message));
    const [first, last] = [arrived[0], arrived.at(-1)];
    if (!first || !last || (await this.startsOver(consumer, arrived, behind))) return;
    if (first.offset === behind.get(`${batch.topic}/${batch.partition}`)) {
      payload.resolveOffset(first.offset);
      arrived.shift();
      if (arrived.length === 0) return;
    }
    generation.commit ??= new GroupCommit(
      this.o.subscription.deliver,
      generation.lost.signal,
      (topics) => this.pause(topics),
      this.o.log,
    );
    this.running = { commit: generation.commit };
    const beating = beat(payload, generation.lost);
    try {
      const settled = await generation.commit.add(arrived);
      if (settled === 'left') return;
      payload.resolveOffset(last.offset);
      const place = this.places.get(`${batch.topic}/${batch.partition}`);
      if (place) place.next = BigInt(last.offset) + 1n;
    } finally {
      clearInterval(beating);
    }
    if (generation.lost.signal.aborted) {
      // What had its effect is said once more in this generation, so that the next owner need not repeat it.
      await this.commit(consumer);
      throw generation.lost.signal.reason;
    }
  }

  /** A topic that was built anew is read from its beginning, whatever offset was known of the old one. */
  private async startsOver(
    consumer: Consumer,
    arrived: readonly Arrived[],
    behind: Map<string, string>,
  ): Promise<boolean> {
    const known = (this.epochs ??= await this.readEpochs());
    const { topic, partition } = arrived[0] as Arrived;
    const place = `${topic}/${partition}`;
    const newest = Math.max(...arrived.map(({ headers }) => Number(headers.ce_logepoch ?? 0) || 0));
    if (newest <= (known.get(place) ?? 0)) return false;
    const first = arrived[0]?.offset === '0';
    behind.delete(place);
    const stored = this.places.get(place);
    if (stored) stored.next = 0n;
    // Before it is remembered: who dies in between reads from the beginning too.
    await consumer.commitOffsets([{ topic, partition, offset: '0' }]);
    // The new building may end where the lost one did, and that has to be said again.
    if (stored) stored.committed = 0n;
    await this.o.subscription.epochs.remember([{ topic, partition, epoch: newest } satisfies PartitionEpoch]);
    known.set(place, newest);
    if (first) return false;
    this.o.log.info('partition-read-anew', { group: this.o.subscription.group, topic, partition, epoch: newest });
    consumer.seek({ topic, partition, offset: '0' });
    return true;
  }

  private async readEpochs(): Promise<Map<string, number>> {
    const epochs = await this.o.subscription.epochs.read();
    return new Map(epochs.map(({ topic, partition, epoch }) => [`${topic}/${partition}`, epoch]));
  }

  private async commit(consumer: Consumer): Promise<void> {
    const moved = [...this.places.values()].filter(({ next, committed }) => next > 0n && next !== committed);
    if (moved.length === 0 || this.consumer !== consumer) return;
    const offsets = moved.map(({ topic, partition, next }) => ({ topic, partition, offset: next.toString() }));
    try {
      await consumer.commitOffsets(offsets);
      for (const [at, place] of moved.entries()) place.committed = BigInt(offsets[at]?.offset ?? -1);
    } catch (error) {
      // The next second says it again; whoever reads twice is stopped by the inbox.
      this.o.log.debug('offsets-wait', { group: this.o.subscription.group, reason: codeOf(error) });
    }
  }
}

/** From one joining of the group to the next: what was lost with one is not lost with the other. */
class Generations {
  current = this.after(Promise.resolve(new Map()));

  next(lookedBack: Promise<Map<string, string>>): void {
    this.current = this.after(lookedBack);
  }

  private after(lookedBack: Promise<Map<string, string>>): {
    readonly lost: AbortController;
    readonly lookedBack: Promise<Map<string, string>>;
    commit: GroupCommit | null;
  } {
    return { lost: new AbortController(), lookedBack, commit: null };
  }
}

/** `isStale()` does not tell of a revocation; a heartbeat that is refused does. */
const beat = ({ heartbeat }: EachBatchPayload, lost: AbortController): NodeJS.Timeout =>
  setInterval(() => {
    heartbeat().catch((error: unknown) => lost.abort(error));
  }, HEARTBEAT_MS);
