/** An event on its way out, in CloudEvents terms; `data` is JSON text, serialised once when the fact was written. */
export interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly key: string;
  readonly data: string;
  /** Version of the aggregate that the event speaks of; a lower one than known is late. */
  readonly sequence: number;
  readonly at: Date;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly forumId: string;
  /** How often the log of this topic was rebuilt; a reader that sees it grow starts the partition over. */
  readonly epoch: number;
}

/** A message as it came in: nothing about it has been believed yet. */
export interface Arrived {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer | null;
}

/** The last place of what was acknowledged, by topic and partition. */
export interface Acknowledged {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

export interface LogPositions {
  /** Another id means another log, whatever it is called. */
  readonly logId: string;
  /** Per topic and partition the offset the next message will get; a topic that does not exist is absent. */
  readonly ends: Readonly<Record<string, Readonly<Record<number, string>>>>;
}

export interface Subscription {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Gets what one fetch brought, one list per partition, each in log order. When it resolves, all of it has had its effect.
   * @throws StopTopics to have these topics left alone; anything else: the same messages come again.
   */
  readonly deliver: (partitions: readonly (readonly Arrived[])[], signal: AbortSignal) => Promise<void>;
  /** Which building of the log each partition was last read from; a newer one is read from its beginning. */
  readonly epochs: EpochMemory;
}

export interface EpochMemory {
  read(): Promise<readonly PartitionEpoch[]>;
  remember(epochs: readonly PartitionEpoch[]): Promise<void>;
}

export interface PartitionEpoch {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
}

export interface Consumption {
  /** Whether the group is being served: joined, and not stopped by a crash. */
  readonly serving: boolean;
  pause(topics: readonly string[]): void;
  resume(topics: readonly string[]): void;
  /** What waits for this member, by topic; age of the oldest as last seen. */
  lag(): Promise<Readonly<Record<string, { messages: number; oldestSeconds: number }>>>;
  /** Lets what runs finish, gives the offsets and the partitions back. */
  stop(): Promise<void>;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** Default: the log's own. */
  readonly retentionMs?: number;
}

/** Where facts travel. It may lose all it holds: the journal is the truth. */
export interface EventLog {
  /** Resolves when every copy has them, in the given order per key. */
  send(envelopes: readonly Envelope[]): Promise<Acknowledged[]>;
  positions(topics: readonly string[]): Promise<LogPositions>;
  subscribe(subscription: Subscription): Promise<Consumption>;
  /**
   * Reads topics from their beginning, or from `after`, to where they end now; used to rebuild.
   * @returns where it ended, to go on from there
   */
  replay(
    topics: readonly string[],
    deliver: (partitions: readonly (readonly Arrived[])[]) => Promise<void>,
    after?: LogPositions['ends'],
  ): Promise<LogPositions['ends']>;
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  close(): Promise<void>;
}

/** Thrown by a delivery whose consumer has stopped: the topics wait, others go on. */
export class StopTopics extends Error {
  constructor(
    readonly topics: readonly string[],
    readonly consumer: string,
  ) {
    super(`${consumer} has stopped`);
    this.name = 'StopTopics';
  }
}
