import { attributesOf } from './envelope.js';
import type {
  Acknowledged,
  Arrived,
  Consumption,
  Envelope,
  EventLog,
  LogPositions,
  NewTopic,
  PartitionEpoch,
  Subscription,
} from './event-log.js';
import { StopTopics } from './event-log.js';
import { nameId, uuidv7 } from './uuid.js';

interface Stored {
  readonly arrived: Arrived;
  readonly at: number;
}

interface Member {
  readonly subscription: Subscription;
  readonly paused: Set<string>;
  /** Partitions whose last read message this member has seen since it joined. */
  readonly lookedBack: Set<string>;
  readonly lost: AbortController;
  stopped: boolean;
  done: Promise<void>;
  wake: () => void;
}

/** The log in memory: the same contract as Kafka's, one process, nothing kept. */
export class MemoryEventLog implements EventLog {
  private topics = new Map<string, Stored[][]>();
  private offsets = new Map<string, Map<string, number>>();
  private readonly members = new Map<string, Member[]>();
  private logId = uuidv7();

  constructor(private readonly o: { partitions?: number; fetch?: number } = {}) {}

  async send(envelopes: readonly Envelope[]): Promise<Acknowledged[]> {
    for (const { topic } of envelopes) if (!this.topics.has(topic)) throw new UnknownTopic(topic);
    const acknowledged = new Map<string, Acknowledged>();
    for (const envelope of envelopes) {
      const headers = Object.fromEntries(
        Object.entries(attributesOf(envelope)).map(([name, value]) =>
          name === 'datacontenttype' ? ['content-type', value] : [`ce_${name}`, value],
        ),
      );
      const { topic, key } = envelope;
      const { partition, offset } = this.append({ topic, key, headers, value: Buffer.from(envelope.data) });
      acknowledged.set(`${topic}/${partition}`, { topic, partition, offset });
    }
    this.wakeAll();
    return [...acknowledged.values()];
  }

  /** Whatever anybody may write into a topic; for tests of bad input. */
  inject(message: { topic: string; key: string; headers: Record<string, string>; value: Buffer | null }): void {
    this.append(message);
    this.wakeAll();
  }

  /** Everything is gone, as after the loss of all brokers. */
  wipe(): void {
    this.topics = new Map();
    this.offsets = new Map();
    this.logId = uuidv7();
  }

  /** A topic is gone and made anew, but the groups keep their offsets. */
  recreate(topic: string): void {
    this.topics.set(topic, this.emptyTopic(this.topics.get(topic)?.length));
    // Who reads a topic that goes away has to join again.
    for (const members of this.members.values()) for (const { lookedBack } of members) lookedBack.clear();
  }

  positions(topics: readonly string[]): Promise<LogPositions> {
    const ends = topics.flatMap((topic) => {
      const partitions = this.topics.get(topic);
      return partitions ? [[topic, Object.fromEntries(partitions.map((all, at) => [at, String(all.length)]))]] : [];
    });
    return Promise.resolve({ logId: this.logId, ends: Object.fromEntries(ends) as LogPositions['ends'] });
  }

  createTopics(topics: readonly NewTopic[]): Promise<void> {
    for (const { name, partitions } of topics)
      if (!this.topics.has(name)) this.topics.set(name, this.emptyTopic(this.o.partitions ?? partitions));
    return Promise.resolve();
  }

  subscribe(subscription: Subscription): Promise<Consumption> {
    const member: Member = {
      subscription,
      paused: new Set(),
      lookedBack: new Set(),
      lost: new AbortController(),
      stopped: false,
      done: Promise.resolve(),
      wake: () => undefined,
    };
    const group = this.members.get(subscription.group) ?? [];
    group.push(member);
    this.members.set(subscription.group, group);
    member.done = this.serve(member);
    return Promise.resolve({
      get serving() {
        return !member.stopped;
      },
      pause: (topics) => topics.forEach((topic) => member.paused.add(topic)),
      resume: (topics) => {
        topics.forEach((topic) => member.paused.delete(topic));
        member.wake();
      },
      lag: () => Promise.resolve(this.lagOf(member)),
      stop: async () => {
        member.stopped = true;
        member.wake();
        await member.done;
        group.splice(group.indexOf(member), 1);
        this.wakeAll();
      },
    });
  }

  async replay(
    topics: readonly string[],
    deliver: (partitions: readonly (readonly Arrived[])[]) => Promise<void>,
    after: LogPositions['ends'] = {},
  ): Promise<LogPositions['ends']> {
    const { ends } = await this.positions(topics);
    const slices = topics.flatMap((topic) =>
      (this.topics.get(topic) ?? []).map((all, at) =>
        all.slice(Number(after[topic]?.[at] ?? 0), Number(ends[topic]?.[at] ?? 0)).map(({ arrived }) => arrived),
      ),
    );
    const filled = slices.filter(({ length }) => length > 0);
    if (filled.length > 0) await deliver(filled);
    return ends;
  }

  async close(): Promise<void> {
    const members = [...this.members.values()].flat();
    for (const member of members) {
      member.stopped = true;
      member.wake();
    }
    await Promise.all(members.map(({ done }) => done));
    this.members.clear();
  }

  private append(message: Omit<Arrived, 'partition' | 'offset'>): { partition: number; offset: string } {
    const partitions = this.topics.get(message.topic);
    if (!partitions) throw new UnknownTopic(message.topic);
    const partition = Number.parseInt(nameId(message.key).slice(0, 8), 16) % partitions.length;
    const all = partitions[partition] as Stored[];
    const offset = String(all.length);
    all.push({ arrived: { ...message, partition, offset }, at: Date.now() });
    return { partition, offset };
  }

  private emptyTopic(partitions = 12): Stored[][] {
    return Array.from({ length: partitions }, () => []);
  }

  private wakeAll(): void {
    for (const members of this.members.values()) for (const member of members) member.wake();
  }

  private async serve(member: Member): Promise<void> {
    const { subscription, lost } = member;
    let known: Map<string, number> | null = null;
    for (;;) {
      const woken = new Promise<void>((resolve) => (member.wake = resolve));
      if (member.stopped) return;
      const offsets = this.offsetsOf(subscription.group);
      let batches: Arrived[][] = [];
      try {
        known ??= new Map(
          (await subscription.epochs.read()).map(({ topic, partition, epoch }) => [`${topic}/${partition}`, epoch]),
        );
        if (await this.startedOver(member, this.lookBack(member, offsets), known, offsets)) continue;
        batches = this.fetch(member, offsets);
        if (batches.length === 0) {
          await woken;
          continue;
        }
        if (await this.startedOver(member, batches, known, offsets)) continue;
        await subscription.deliver(batches, lost.signal);
        this.advance(offsets, batches, []);
      } catch (error) {
        if (error instanceof StopTopics) {
          error.topics.forEach((topic) => member.paused.add(topic));
          this.advance(offsets, batches, error.topics);
        } else await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  private async startedOver(
    member: Member,
    batches: readonly (readonly Arrived[])[],
    known: Map<string, number>,
    offsets: Map<string, number>,
  ): Promise<boolean> {
    const grown: PartitionEpoch[] = [];
    for (const batch of batches)
      for (const { topic, partition, headers } of batch) {
        const epoch = Number(headers.ce_logepoch ?? 0) || 0;
        if (epoch > (known.get(`${topic}/${partition}`) ?? 0)) {
          known.set(`${topic}/${partition}`, epoch);
          grown.push({ topic, partition, epoch });
        }
      }
    if (grown.length === 0) return false;
    for (const { topic, partition } of grown) offsets.set(`${topic}/${partition}`, 0);
    await member.subscription.epochs.remember(grown);
    return true;
  }

  private advance(
    offsets: Map<string, number>,
    batches: readonly (readonly Arrived[])[],
    without: readonly string[],
  ): void {
    for (const batch of batches) {
      const last = batch[batch.length - 1] as Arrived;
      if (!without.includes(last.topic)) offsets.set(`${last.topic}/${last.partition}`, Number(last.offset) + 1);
    }
  }

  /** An offset does not say which building of the topic it counts in; the message before it does. */
  private lookBack(member: Member, offsets: Map<string, number>): Arrived[][] {
    return this.mine(member).flatMap(({ place, all }) => {
      if (member.lookedBack.has(place)) return [];
      member.lookedBack.add(place);
      const last = all[(offsets.get(place) ?? 0) - 1];
      return last ? [[last.arrived]] : [];
    });
  }

  private fetch(member: Member, offsets: Map<string, number>): Arrived[][] {
    return this.mine(member)
      .map(({ place, all }) => {
        // As a broker does when the offset lies behind the end.
        if ((offsets.get(place) ?? 0) > all.length) offsets.set(place, 0);
        const from = offsets.get(place) ?? 0;
        return all.slice(from, from + (this.o.fetch ?? 500)).map(({ arrived }) => arrived);
      })
      .filter(({ length }) => length > 0);
  }

  /** The partitions that this member of its group reads now. */
  private mine(member: Member): { place: string; all: Stored[] }[] {
    const { subscription, paused } = member;
    const group = (this.members.get(subscription.group) ?? []).filter(({ stopped }) => !stopped);
    return subscription.topics
      .filter((topic) => !paused.has(topic))
      .flatMap((topic) =>
        (this.topics.get(topic) ?? []).map((all, partition) => ({ place: `${topic}/${partition}`, partition, all })),
      )
      .filter(({ partition }) => partition % group.length === group.indexOf(member));
  }

  private offsetsOf(group: string): Map<string, number> {
    const offsets = this.offsets.get(group) ?? new Map<string, number>();
    this.offsets.set(group, offsets);
    return offsets;
  }

  private lagOf({ subscription }: Member): Record<string, { messages: number; oldestSeconds: number }> {
    const offsets = this.offsetsOf(subscription.group);
    const lags = subscription.topics.map((topic) => {
      let messages = 0;
      let oldest = Date.now();
      for (const [partition, all] of (this.topics.get(topic) ?? []).entries()) {
        const waiting = all.slice(Math.min(offsets.get(`${topic}/${partition}`) ?? 0, all.length));
        messages += waiting.length;
        oldest = Math.min(oldest, waiting[0]?.at ?? oldest);
      }
      return [topic, { messages, oldestSeconds: (Date.now() - oldest) / 1000 }] as const;
    });
    return Object.fromEntries(lags);
  }
}

/** As a broker that makes no topics by itself. */
export class UnknownTopic extends Error {
  readonly code = 'unknown-topic';
  constructor(topic: string) {
    super(`${topic} does not exist`);
    this.name = 'UnknownTopic';
  }
}
