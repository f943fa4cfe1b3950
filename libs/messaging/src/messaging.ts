import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@app/calendar';
import { codeOf, FrontDoor, type Database, type Transaction } from '@app/database';
import type { Log, Metrics } from '@app/telemetry';
import { inboxDays, messagingConfig, type MessagingConfig } from './config.js';
import { CatchUp } from './delivery/catch-up.js';
import { catchingUp, registerConsumers, sinceOf } from './delivery/consumer.repository.js';
import { Delivery } from './delivery/delivery.js';
import { readEpochs, rememberEpochs } from './delivery/epoch.repository.js';
import { Registry } from './delivery/registry.js';
import { TrimInbox } from './delivery/trim-inbox.sweeper.js';
import type { Consumption, EventLog } from './event-log.js';
import { TrimJournal } from './journal/trim-journal.sweeper.js';
import { Letters } from './letters/letters.js';
import { RetryLetters } from './letters/retry-letters.sweeper.js';
import { TrimLetters } from './letters/trim-letters.sweeper.js';
import { unsent } from './relay/cursor.repository.js';
import { Relay } from './relay/relay.js';
import { SweepRunner } from './sweeps/sweep-runner.js';
import { Transactions } from './tx.js';

export interface MessagingOptions {
  /** Context and schema of the app, and name of its group. */
  readonly app: string;
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly config?: Partial<MessagingConfig>;
}

export interface ConsumerView {
  readonly consumer: string;
  readonly kind: 'handler' | 'projection';
  readonly group: string;
  readonly topic: string;
  readonly types: readonly string[];
  readonly stopped: boolean;
  readonly catchingUp: boolean;
}

/** How an app keeps and delivers its facts: relay, consumers, letters and sweepers, started and stopped together. */
export class Messaging {
  readonly transactions: Transactions;
  readonly relay: Relay;
  private registry: Registry;
  private readonly config: MessagingConfig;
  private readonly deliveries = new Map<string, Delivery>();
  private readonly consumptions = new Map<string, Consumption>();
  private sweeps: SweepRunner | null = null;
  private door: FrontDoor | null = null;
  private catchUp: CatchUp | null = null;
  private adopted: Letters | null = null;
  private stopping: AbortController | null = null;
  private begun: Promise<void> = Promise.resolve();

  constructor(private readonly o: MessagingOptions) {
    const { database, app, clock, eventLog, log, metrics } = o;
    this.config = messagingConfig(o.config);
    this.transactions = new Transactions(database, app, clock);
    this.relay = new Relay({ transactions: this.transactions, eventLog, log, metrics });
    this.registry = new Registry(app, []);
  }

  /**
   * Takes the consumers and sweepers among these instances.
   * @throws ConsumersRefused, SweepersRefused: the app must not start
   */
  adopt(instances: readonly object[], subscribes: readonly string[] = []): void {
    const { app, database, clock, log, metrics, eventLog } = this.o;
    this.registry = new Registry(app, instances, subscribes);
    const onPublished = () => this.transactions.poke();
    this.deliveries.clear();
    for (const group of new Set([app, ...this.registry.groups])) {
      this.deliveries.set(
        group,
        new Delivery(
          {
            app,
            database,
            clock,
            log,
            metrics,
            onPublished,
            parksPerMinute: this.config.PARKS_PER_MINUTE,
            inboxDays: inboxDays(this.config),
          },
          this.registry.ofGroup(group),
        ),
      );
    }
    this.adopted = new Letters({
      app,
      database,
      clock,
      log,
      registry: this.registry,
      onPublished,
      redeliver: async (arrived) => {
        for (const delivery of this.deliveries.values()) await delivery.deliver([[arrived]]);
      },
    });
    this.catchUp = new CatchUp({
      database,
      eventLog,
      log,
      registry: this.registry,
      deliveryOf: (group) => this.deliveries.get(group) as Delivery,
    });
    const consumers = () => [...this.registry.consumers.map(({ consumer }) => consumer), `${app}.unread`];
    const own = [
      new TrimJournal(database, this.config),
      new TrimInbox(database, this.config, consumers),
      new RetryLetters(this.adopted),
      new TrimLetters(database, this.config),
    ];
    this.sweeps = new SweepRunner([...instances, ...own], log, metrics);
  }

  get letters(): Letters {
    if (!this.adopted) throw new Error('adopt() comes first');
    return this.adopted;
  }

  /** Returns at once; what is not reachable yet is tried until it is. */
  start(): void {
    if (this.stopping) return;
    if (!this.sweeps) this.adopt([]);
    this.stopping = new AbortController();
    this.relay.start();
    this.sweeps?.start();
    const { database, log } = this.o;
    if (this.transactions.hasDoor) this.door = new FrontDoor(database, () => this.transactions.pressed, log);
    this.begun = this.begin(this.stopping.signal);
  }

  /** Stops fetching and lets what runs finish, then sweepers and relay; the database must still be open. */
  async stop(): Promise<void> {
    this.stopping?.abort();
    await this.begun;
    await Promise.all([...this.consumptions.values()].map((consumption) => consumption.stop()));
    this.consumptions.clear();
    await this.sweeps?.stop();
    await this.relay.stop();
    await this.door?.close();
    this.stopping = null;
  }

  /** True once every group is being served. */
  get serving(): boolean {
    return this.registry.groups.every((group) => this.consumptions.get(group)?.serving === true);
  }

  async consumers(): Promise<ConsumerView[]> {
    const behind = await this.o.database.read(catchingUp);
    return this.registry.consumers.map(({ consumer, kind, group, topic, types }) => ({
      consumer,
      kind,
      group,
      topic,
      types: [...types],
      stopped: this.deliveries.get(group)?.stoppedConsumers.includes(consumer) ?? false,
      catchingUp: behind.includes(consumer),
    }));
  }

  /** Messages that each group has still to fetch, by topic. */
  async lag(): Promise<{ group: string; topic: string; lag: number; oldestSeconds: number }[]> {
    const all = await Promise.all(
      [...this.consumptions].map(async ([group, consumption]) => {
        const lags = await consumption.lag();
        return Object.entries(lags).map(([topic, { messages, oldestSeconds }]) => ({
          group,
          topic,
          lag: messages,
          oldestSeconds,
        }));
      }),
    );
    return all.flat();
  }

  /** What the journal has still to send. */
  journal(): Promise<{ unsent: number; oldestSeconds: number }> {
    return this.o.database.read(unsent);
  }

  /** A stopped consumer goes on, after a person has looked. */
  release(consumer: string): boolean {
    const found = this.registry.named(consumer);
    const groups = consumer === `${this.o.app}.unread` ? [...this.deliveries.keys()] : found ? [found.group] : [];
    for (const group of groups) {
      this.deliveries.get(group)?.release(consumer);
      this.consumptions.get(group)?.resume(this.registry.ofGroup(group).map(({ topic }) => topic));
    }
    return groups.length > 0;
  }

  /** Empties a projection and folds it anew from the log. */
  rebuild(consumer: string): Promise<'rebuilt' | 'not-a-projection'> {
    if (!this.catchUp) throw new Error('adopt() comes first');
    return this.catchUp.rebuild(consumer);
  }

  private async begin(signal: AbortSignal): Promise<void> {
    await this.untilItWorks('messaging-waits-for-database', signal, async () => {
      const since = await this.o.database.transaction(async (tx: Transaction) => {
        await registerConsumers(tx, this.registry.consumers);
        return sinceOf(tx);
      });
      for (const delivery of this.deliveries.values()) delivery.begin(since);
    });
    await this.untilItWorks('letters-wait', signal, () => this.letters.replayLearned());
    await Promise.all(
      this.registry.groups.map((group) =>
        this.untilItWorks('group-waits-for-log', signal, async () => {
          const consumption = await this.o.eventLog.subscribe({
            group,
            topics: [...new Set(this.registry.ofGroup(group).map(({ topic }) => topic))].sort(),
            deliver: (partitions, lost) =>
              (this.deliveries.get(group) as Delivery).deliver(partitions, { signal: lost }),
            epochs: {
              read: () => this.o.database.read((tx) => readEpochs(tx, group)),
              remember: async (epochs) => {
                await this.o.database.transaction((tx) => rememberEpochs(tx, group, epochs));
              },
            },
          });
          this.consumptions.set(group, consumption);
        }),
      ),
    );
    void this.untilItWorks('catch-up-waits', signal, async () => this.catchUp?.finish());
  }

  private async untilItWorks(code: string, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
    for (let wait = 100; !signal.aborted; wait = Math.min(wait * 2, 2000)) {
      try {
        await work();
        return;
      } catch (error) {
        this.o.log.warn(code, { reason: codeOf(error), error });
        await sleep(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
