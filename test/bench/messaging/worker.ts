/** A process of its own that plays the relay of one app or a consumer of another, and keeps the times. */
import { ApplicationSubmitted } from '@app/contracts';
import type { Database } from '@app/database';
import { sql } from '@app/database/sql';
import {
  foldByKey,
  Handles,
  type Acknowledged,
  type Batch,
  type BatchHandler,
  type Envelope,
  type EventLog,
  type LogPositions,
  type Messaging,
  type Tx,
} from '@app/messaging';
import { quantile } from '../../../tools/surge/ledger.js';
import { databaseOf, kafkaOf, messagingOf, type Role } from './house.js';

export type Task = { readonly role: Role } & (
  | { readonly is: 'relay' }
  /** The relay with nobody at the other end. */
  | { readonly is: 'reads' }
  /** One send under way, at most 500 events each; the journal is read beforehand. */
  | { readonly is: 'produce'; readonly after: number }
  | { readonly is: 'consume' }
);

export interface Times {
  readonly events: number;
  /** From the beginning of the first to the end of the last. */
  readonly perSecond: number;
  /** ms from when an event was written, to the end. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly cpuSeconds: number;
}

class Watch {
  private events = 0;
  private began = 0;
  private ended = 0;
  private lags: number[] = [];
  private cpu = process.cpuUsage();

  begins(): void {
    if (this.began === 0) this.began = performance.now();
  }

  ends(written: readonly Date[]): void {
    const now = Date.now();
    for (const at of written) this.lags.push(now - at.getTime());
    this.events += written.length;
    this.ended = performance.now();
  }

  get count(): number {
    return this.events;
  }

  times(): Times {
    const { user, system } = process.cpuUsage(this.cpu);
    const at = (share: number): number => quantile(this.lags, share) ?? Infinity;
    return {
      ...{ events: this.events, perSecond: this.events / ((this.ended - this.began) / 1000) },
      ...{ p50: at(0.5), p99: at(0.99), longest: at(1), cpuSeconds: (user + system) / 1e6 },
    };
  }

  clear(): void {
    this.events = this.began = this.ended = 0;
    this.lags = [];
    this.cpu = process.cpuUsage();
  }
}

const watch = new Watch();

/** Hands on to the real log and looks at the clock. */
const watched = (log: EventLog): EventLog =>
  new Proxy(log, {
    get(target, name) {
      if (name !== 'send') return Reflect.get(target, name).bind(target) as unknown;
      return async (envelopes: readonly Envelope[]) => {
        watch.begins();
        const acknowledged = await target.send(envelopes);
        watch.ends(envelopes.map(({ at }) => at));
        return acknowledged;
      };
    },
  });

/** Takes everything at once and remembers only how much it was. */
class Nobody implements Pick<EventLog, 'send' | 'positions' | 'createTopics' | 'close'> {
  private readonly ends = new Map<string, number>();

  send(envelopes: readonly Envelope[]): Promise<Acknowledged[]> {
    const topics = new Set(envelopes.map(({ topic }) => topic));
    for (const topic of topics) this.ends.set(topic, (this.ends.get(topic) ?? 0) + envelopes.length);
    return Promise.resolve(
      [...topics].map((topic) => ({ topic, partition: 0, offset: String(this.ends.get(topic)! - 1) })),
    );
  }

  positions(): Promise<LogPositions> {
    const ends = Object.fromEntries([...this.ends].map(([topic, end]) => [topic, { 0: String(end) }]));
    return Promise.resolve({ logId: 'nobody', ends });
  }

  async createTopics(): Promise<void> {}
  async close(): Promise<void> {}
}

/** One row a person, counted and never set back: what many handlers do. */
@Handles([ApplicationSubmitted], 'vetting.bench', { from: 'now' })
class Fold implements BatchHandler {
  pending: Date[] = [];

  async handle(events: Batch<typeof ApplicationSubmitted>, tx: Tx): Promise<void> {
    watch.begins();
    this.pending = events.map(({ at }) => at);
    const rows = [...foldByKey(events)].map(([key, all]) => ({
      key,
      sequence: Math.max(...all.map(({ sequence }) => sequence)),
      events: all.length,
      contact: all.at(-1)!.data.contact,
    }));
    await sql(tx).insert(
      'bench_effect',
      { key: 'uuid', sequence: 'bigint', events: 'integer', contact: 'text' },
      rows,
      `on conflict (key) do update set sequence = greatest(bench_effect.sequence, excluded.sequence),
         events = bench_effect.events + excluded.events, contact = excluded.contact`,
    );
  }
}

/** An effect is there when its transaction has committed. */
const noteCommits = (database: Database, fold: Fold): void => {
  const transaction = database.transaction.bind(database);
  database.transaction = async (work, last) => {
    const result = await transaction(work, last);
    if (fold.pending.length > 0) watch.ends(fold.pending);
    fold.pending = [];
    return result;
  };
};

const produce = async (database: Database, log: EventLog, after: number): Promise<void> => {
  const rows = await database.read((tx) =>
    sql(tx).query<Envelope>(
      `select id, type, topic, key, data, sequence::float8 as sequence, at, correlation_id as "correlationId",
              null as "causationId", null as traceparent, forum_id as "forumId", 0 as epoch
         from journal where seq > $1 order by seq`,
      [after],
    ),
  );
  watch.clear();
  for (let from = 0; from < rows.length; from += 500) await log.send(rows.slice(from, from + 500));
};

const begin = async (task: Task): Promise<Messaging | null> => {
  const database = await databaseOf(task.role);
  const kafka = kafkaOf(task.role);
  if (task.is === 'produce') {
    const log = watched(kafka);
    await log.send([]);
    await produce(database, log, task.after);
    return null;
  }
  const fold = new Fold();
  const log = task.is === 'reads' ? watched(new Nobody() as unknown as EventLog) : watched(kafka);
  // A thousandth of what comes is bad on purpose: the alarm that would stop the consumer is not what is measured.
  const messaging = messagingOf(task.role, database, log, { PARKS_PER_MINUTE: 1_000_000 });
  if (task.is === 'consume') {
    noteCommits(database, fold);
    messaging.adopt([fold]);
    messaging.start();
  } else messaging.relay.start();
  return messaging;
};

let running: Messaging | null = null;
process.on('message', (asked: { task: Task } | { clear: true } | { times: true } | { count: true } | { end: true }) => {
  const answer = async (): Promise<object> => {
    if ('task' in asked) running = await begin(asked.task);
    if ('clear' in asked) watch.clear();
    if ('end' in asked) {
      await running?.relay.stop();
      await running?.stop();
    }
    // Sorting all that was seen is too dear to be done whenever somebody asks how far it is.
    const times = 'times' in asked ? { times: watch.times() } : {};
    return { ...times, count: watch.count, serving: running?.serving ?? true };
  };
  answer().then(
    (said) => process.send!(said),
    (error: Error) => process.send!({ problem: error.stack }),
  );
});
process.on('disconnect', () => process.exit(0));
