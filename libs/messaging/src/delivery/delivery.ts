import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@app/calendar';
import { codeOf, failureOf, ranOut, type Database, type Transaction } from '@app/database';
import type { Log, Metrics } from '@app/telemetry';
import { isForOthers } from '../envelope.js';
import { StopTopics, type Arrived } from '../event-log.js';
import { Publication } from '../journal/publication.js';
import { isAlarming, withPark, type Parks } from '../letters/alarm.decider.js';
import { writeLetters, type NewLetter } from '../letters/dead-letter.repository.js';
import { nextTry } from '../letters/retry.decider.js';
import { mintedAt } from '../uuid.js';
import { restMs, restTimes } from './rest.decider.js';
import { answers, canSeeErased, lockConsumers, lookAndRemember, placeOf, type Given } from './inbox.repository.js';
import type { Received } from './received.js';
import type { Consumer } from './registry.js';
import { runConsumer } from './run-consumer.js';
import { asItem, sorted, unreadConsumer, type Item, type Slice, type Work } from './sort.js';

export interface DeliveryOptions {
  readonly app: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly parksPerMinute: number;
  /** An event minted before this many days would no longer be recognised: it is parked, not run. */
  readonly inboxDays: number;
  /** After events were published. */
  readonly onPublished: () => void;
}

/** The delivery was told to start nothing new: its partitions may be another's by now. */
export class DeliveryEnded extends Error {
  constructor() {
    super('no new transaction: the partitions may be gone');
    this.name = 'DeliveryEnded';
  }
}

interface How {
  readonly catchingUp: boolean;
  readonly locked: boolean;
}

/** Something must be parked, and only a look at the consumer was reserved. */
class NeedsConsumerAlone extends Error {}

/** A consumer threw; which one is known, so that the others need not be run one by one. */
class ConsumerFailed extends Error {
  constructor(
    readonly consumer: Consumer,
    override readonly cause: unknown,
  ) {
    super('consumer failed');
  }
}

const DAY = 86_400_000;
const ERASED_CHECK_MS = 60_000;
/** So many batches of a consumer in a row that ran out of time are about an event, if the database answers meanwhile. */
const OVERRUNS = 5;
const ANSWERS_WITHIN_MS = 1_000;

/** Hands what one fetch brought to the consumers: one transaction with inbox, effects and journal, or none of it. */
export class Delivery {
  private readonly unread: Consumer;
  private readonly wanted: ReadonlySet<string>;
  private readonly parks = new Map<string, Parks>();
  private readonly stopped = new Set<string>();
  /** Batches in a row that ran out of time. */
  private readonly overruns = new Map<string, number>();
  private since: ReadonlyMap<string, Date> = new Map();
  private restTimes = 0;
  private restUntil = -Infinity;
  private erased: { visible: boolean; at: number } = { visible: false, at: -Infinity };
  private readonly metric;

  constructor(
    private readonly o: DeliveryOptions,
    private readonly consumers: readonly Consumer[],
  ) {
    this.unread = unreadConsumer(o.app);
    this.wanted = new Set(consumers.flatMap(({ types }) => [...types]));
    const { metrics } = o;
    this.metric = {
      events: metrics.counter('consumer_events_total', 'Events that had their effect', ['consumer']),
      duplicates: metrics.counter('consumer_duplicates_total', 'Events that came again', ['consumer']),
      parks: metrics.counter('consumer_parks_total', 'Events parked', ['consumer', 'reason']),
      overruns: metrics.counter('consumer_overruns_total', 'Batches that ran out of time', ['consumer']),
      stopped: metrics.gauge('consumer_stopped', '1 while a consumer has stopped and calls', ['consumer']),
      batch: metrics.histogram(
        'consumer_batch_events',
        'Messages of one fetch',
        [],
        [1, 5, 20, 50, 200, 500, 1000, 5000],
      ),
      seconds: metrics.histogram('consumer_batch_seconds', 'Time from fetch to commit'),
      lag: metrics.gauge('consumer_effect_lag_seconds', 'Age of the newest event at its commit', []),
    };
  }

  /** Consumers of `from: 'now'` and when they began. */
  begin(since: ReadonlyMap<string, Date>): void {
    this.since = since;
  }

  get stoppedConsumers(): readonly string[] {
    return [...this.stopped];
  }

  /** After a person has looked: the consumer goes on. */
  release(consumer: string): void {
    this.stopped.delete(consumer);
    this.parks.delete(consumer);
    this.metric.stopped.set({ consumer }, 0);
  }

  /**
   * Resolves when everything had its effect, or lies in a letter.
   * @param only delivers to this consumer alone, which is catching up; `locked`: the caller holds its lock
   * @throws StopTopics when a consumer has stopped; what others wanted is done
   * @throws what made the database fail; nothing was blamed for it, and the same messages must come again
   */
  async deliver(
    partitions: readonly (readonly Arrived[])[],
    o: { signal?: AbortSignal; only?: Consumer; locked?: boolean } = {},
  ): Promise<void> {
    if (!o.only) await this.rest(o.signal);
    const started = performance.now();
    const items = partitions.map((arrived) => arrived.filter((one) => !isForOthers(one, this.wanted)).map(asItem));
    const consumers = o.only ? [o.only] : this.consumers;
    const works = sorted(items, consumers, this.unread, (consumer, item) => this.wants(consumer, item));
    const run = new Run(this, o.signal, { catchingUp: o.only !== undefined, locked: o.locked === true });
    await run.all(works);
    const worked = performance.now() - started;
    this.restTimes = restTimes(this.restTimes, await this.o.database.crowded());
    this.restUntil = started + worked + restMs(worked, this.restTimes);
    for (const { consumer } of works) this.overruns.delete(consumer.consumer);
    this.metric.batch.observe(items.reduce((sum, { length }) => sum + length, 0));
    this.metric.seconds.observe(worked / 1000);
    const [first] = run.waiting;
    if (first)
      throw new StopTopics(
        [...run.waiting].flatMap((consumer) =>
          consumer === this.unread ? this.consumers.map(({ topic }) => topic) : [consumer.topic],
        ),
        first.consumer,
      );
  }

  /** @internal */
  hasStopped({ consumer }: Consumer): boolean {
    return this.stopped.has(consumer);
  }

  /** Before a turn, not between an effect and its settlement: others may take over what is only waiting. */
  private async rest(signal?: AbortSignal): Promise<void> {
    const left = this.restUntil - performance.now();
    if (left > 0) await sleep(left, undefined, signal && { signal }).catch(() => undefined);
  }

  private wants(consumer: Consumer, item: Item): boolean {
    const since = this.since.get(consumer.consumer);
    const minted = since && mintedAt(item.id);
    return !since || !minted || minted >= since;
  }

  /** @internal One transaction for all of `works`. */
  async attempt(works: readonly Work[], alone: boolean, how: How): Promise<void> {
    const publication = new Publication(this.o.app, this.o.clock);
    const outcome = { handled: [] as [string, number][], known: [] as [string, number][], letters: [] as NewLetter[] };
    await this.o.database.transaction(async (tx) => {
      const names = works.map(({ consumer }) => consumer.consumer);
      // The second statement is sent with the first and sees what is there once the locks are held.
      const [, look] = await Promise.all([
        how.locked ? null : lockConsumers(tx, names, alone ? 'alone' : 'shared'),
        this.look(tx, works, how.catchingUp),
      ]);
      for (const { consumer, slices } of works) {
        const { events, letters, known } = this.judge(consumer, slices, look);
        if (letters.some(({ state }) => state !== 'following') && !alone && !how.locked) throw new NeedsConsumerAlone();
        outcome.letters.push(...letters);
        outcome.known.push([consumer.consumer, known]);
        if (events.length === 0) continue;
        outcome.handled.push([consumer.consumer, events.length]);
        try {
          await runConsumer(consumer, events, tx, publication);
        } catch (error) {
          throw new ConsumerFailed(consumer, error);
        }
      }
      await writeLetters(tx, outcome.letters);
      await publication.flush(tx);
    });
    for (const [consumer, n] of outcome.handled) this.metric.events.inc({ consumer }, n);
    for (const [consumer, n] of outcome.known) if (n > 0) this.metric.duplicates.inc({ consumer }, n);
    this.countParks(outcome.letters);
    if (publication.flushed > 0) this.o.onPublished();
  }

  /**
   * @internal Whether a consumer that ran out of time shall be looked into like bad data: not before it did so with
   * batch after batch, and only while the database is well.
   */
  async isTooHeavy(consumer: Consumer): Promise<boolean> {
    const name = consumer.consumer;
    const times = (this.overruns.get(name) ?? 0) + 1;
    this.overruns.set(name, times);
    this.metric.overruns.inc({ consumer: name });
    const tooHeavy = times >= OVERRUNS && (await this.isWell());
    this.o.log.warn('consumer-overran', { consumer: name, times, tooHeavy });
    return tooHeavy;
  }

  private async isWell(): Promise<boolean> {
    const asked = performance.now();
    return this.o.database.read(answers).then(
      () => performance.now() - asked < ANSWERS_WITHIN_MS,
      () => false,
    );
  }

  /** @internal The one event that its consumer cannot take, out of the way of the others. */
  async park(consumer: Consumer, item: Item, error: unknown, how: How): Promise<void> {
    const letters: NewLetter[] = [];
    await this.o.database.transaction(async (tx) => {
      if (!how.locked) await lockConsumers(tx, [consumer.consumer], 'alone');
      const slices = [{ partition: '', items: [item] }];
      const look = await this.look(tx, [{ consumer, slices }], how.catchingUp);
      const judged = this.judge(consumer, slices, look);
      letters.push(...judged.letters);
      if (judged.events.length > 0) {
        const next = nextTry(0, this.o.clock.now());
        letters.push({
          ...letterFor(consumer, item, 'handler-failed', codeOf(error)),
          ...(next.is === 'again' ? { state: 'retrying', nextTryAt: next.at } : { state: 'parked', nextTryAt: null }),
        });
      }
      await writeLetters(tx, letters);
    });
    this.countParks(letters);
  }

  private async look(tx: Transaction, works: readonly Work[], catchingUp: boolean) {
    const given: Given[] = [];
    const keys = new Set<string>();
    const persons = new Set<string>();
    for (const { consumer, slices } of works)
      for (const { items } of slices)
        for (const { id, key, read } of items) {
          given.push({ consumer: consumer.consumer, id });
          keys.add(key.replaceAll('\0', '\uFFFD'));
          if (isOfPerson(read, key)) persons.add(key);
        }
    return lookAndRemember(tx, given, [...keys], (await this.erasedIsVisible(tx)) ? [...persons] : null, catchingUp);
  }

  private async erasedIsVisible(tx: Transaction): Promise<boolean> {
    if (!this.erased.visible && performance.now() - this.erased.at > ERASED_CHECK_MS)
      this.erased = { visible: await canSeeErased(tx), at: performance.now() };
    return this.erased.visible;
  }

  /** Of what a consumer was given: what it gets now, in log order, and what has to wait or be parked. */
  private judge(
    consumer: Consumer,
    slices: readonly Slice[],
    look: Awaited<ReturnType<typeof lookAndRemember>>,
  ): { events: Received[]; letters: NewLetter[]; known: number } {
    const events: Received[] = [];
    const letters: NewLetter[] = [];
    const seen = new Set<string>();
    const held = new Set<string>();
    const oldest = Date.now() - this.o.inboxDays * DAY;
    const holds = consumer !== this.unread;
    let known = 0;
    for (const { items } of slices)
      for (const item of items) {
        const { read, id, key } = item;
        if (seen.has(id) || look.known.has(placeOf(consumer.consumer, id))) {
          known++;
          continue;
        }
        seen.add(id);
        if (isOfPerson(read, key) && look.erased.has(key)) continue;
        const minted = mintedAt(id);
        // An erasure waits behind nobody: what is parked of that person is what it takes away.
        const waits = holds && read.definition?.erases !== true;
        if (waits && (held.has(key) || look.waiting.has(placeOf(consumer.consumer, key)))) {
          letters.push({ ...letterFor(consumer, item, 'waits-in-order', 'waits-in-order'), state: 'following' });
        } else if (read.is === 'unreadable') {
          letters.push(letterFor(consumer, item, read.reason, `${read.reason} ${read.detail}`.trim()));
          held.add(key);
        } else if (minted && minted.getTime() < oldest) {
          letters.push(letterFor(consumer, item, 'too-old', 'too-old'));
          held.add(key);
        } else {
          events.push(read.event);
        }
      }
    return { events, letters, known };
  }

  private countParks(letters: readonly NewLetter[]): void {
    for (const { consumer, state, reason, type } of letters) {
      if (state === 'following') continue;
      this.metric.parks.inc({ consumer, reason });
      const parks = withPark(this.parks.get(consumer) ?? [], performance.now());
      this.parks.set(consumer, parks);
      this.o.log.warn('event-parked', { consumer, reason, type });
      if (isAlarming(parks, this.o.parksPerMinute) && !this.stopped.has(consumer)) {
        this.stopped.add(consumer);
        this.metric.stopped.set({ consumer }, 1);
        this.o.log.error('consumer-stopped', { consumer, parksInAMinute: parks.length });
      }
    }
  }
}

const letterFor = (consumer: Consumer, item: Item, reason: string, error: string): NewLetter => ({
  consumer: consumer.consumer,
  eventId: item.id,
  type: item.read.is === 'event' ? item.read.event.type : item.read.type,
  forumId: item.read.is === 'event' ? item.read.event.forumId : item.read.forumId,
  arrived: item.arrived,
  state: 'parked',
  reason,
  error: error.slice(0, 500),
  nextTryAt: null,
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const isOfPerson = (read: Item['read'], key: string): boolean => read.definition?.erasable === true && UUID.test(key);

/** Splits one delivery until what is at fault stands alone: by consumer, by partition, by halves. */
class Run {
  /** Consumers that have stopped with something still to do. */
  readonly waiting = new Set<Consumer>();
  /** Whose batches are split although they only ran out of time. */
  private readonly heavy = new Set<Consumer>();

  constructor(
    private readonly delivery: Delivery,
    private readonly signal: AbortSignal | undefined,
    private readonly how: How,
  ) {}

  async all(given: readonly Work[], alone = false): Promise<void> {
    if (this.signal?.aborted) throw new DeliveryEnded();
    const works = given.filter(({ consumer }) => !this.delivery.hasStopped(consumer));
    for (const { consumer } of given) if (this.delivery.hasStopped(consumer)) this.waiting.add(consumer);
    if (works.length === 0) return;
    try {
      await this.delivery.attempt(works, alone, this.how);
    } catch (error) {
      if (error instanceof NeedsConsumerAlone) return this.all(works, true);
      const cause = error instanceof ConsumerFailed ? error.cause : error;
      if (failureOf(cause) === 'transient' && !(await this.isTooHeavy(error))) throw cause;
      await this.split(works, error, cause);
    }
  }

  private async isTooHeavy(error: unknown): Promise<boolean> {
    if (!(error instanceof ConsumerFailed) || !ranOut(error.cause)) return false;
    const { consumer } = error;
    if (!this.heavy.has(consumer) && (await this.delivery.isTooHeavy(consumer))) this.heavy.add(consumer);
    return this.heavy.has(consumer);
  }

  private async split(works: readonly Work[], error: unknown, cause: unknown): Promise<void> {
    const [first] = works;
    if (!first) throw cause;
    if (works.length > 1) {
      const failed = error instanceof ConsumerFailed ? error.consumer : null;
      const others = works.filter(({ consumer }) => consumer !== failed);
      if (failed && others.length > 0) {
        await this.all(others);
        await this.all(works.filter(({ consumer }) => consumer === failed));
      } else for (const work of works) await this.all([work]);
      return;
    }
    const { consumer, slices } = first;
    if (slices.length > 1) {
      for (const slice of slices) await this.all([{ consumer, slices: [slice] }]);
      return;
    }
    const { partition, items } = slices[0] as Slice;
    if (items.length === 1) return this.delivery.park(consumer, items[0] as Item, cause, this.how);
    const middle = Math.ceil(items.length / 2);
    await this.all([{ consumer, slices: [{ partition, items: items.slice(0, middle) }] }]);
    await this.all([{ consumer, slices: [{ partition, items: items.slice(middle) }] }]);
  }
}
