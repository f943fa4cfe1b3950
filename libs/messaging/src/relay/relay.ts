import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '@app/contracts';
import { codeOf, type Session } from '@app/database';
import type { Log, Metrics } from '@app/telemetry';
import type { Acknowledged, Envelope, EventLog } from '../event-log.js';
import type { Transactions } from '../tx.js';
import {
  moveCursor,
  readCursor,
  readJournal,
  resetCursor,
  tryToLead,
  type Cursor,
  type JournalEntry,
  type Offsets,
} from './cursor.repository.js';
import { lookAtHorizon, speak, stillWriting } from './horizon.repository.js';
import { memoryOf, rewound } from './rewind.decider.js';

/**
 * ms and rows; measured on two cores: a send at once costs twice the CPU of one that waits for company. A round lasts
 * three times as long as its work, within these bounds, so that on a busy machine the sends grow instead of their number.
 */
const PACE_MS = { least: 12, most: 200 };
const COMPANY = 200;
const ROWS = 1000;
const BYTES = 500_000;
/** What this process commits is heard at once; what other instances commit after a quiet time, a little later. */
const POLL_MS = [2, 5, 10, 20, 50, 50, 50, 50, 100, 200];
const LEAD_MS = 500;
/** While people wait at the door of this process, one send in this time is enough: the journal keeps what waits. */
const GIVE_WAY_MS = 1000;
/** What one send may bring in a process with a door: nobody is answered while kafkajs writes it out. */
const ROWS_BESIDE_DOOR = 200;
/** How often the log is asked whether it still has everything, after a send and without one. */
const MEMORY_MS = { busy: 2000, idle: 10_000 };
/** The server ends a leader that has been silent so long; a living one speaks every second. */
const FROZEN_MS = 3000;

export interface RelayOptions {
  readonly transactions: Transactions;
  readonly eventLog: EventLog;
  readonly log: Log;
  readonly metrics: Metrics;
}

class LeadershipLost extends Error {}

/** Carries the journal of one app to the log: one leader among all instances, in the order of the journal. */
export class Relay {
  private running: AbortController | null = null;
  private loop: Promise<void> = Promise.resolve();
  private wake: (() => void) | null = null;
  private poked = false;
  leads = false;
  private readonly sent;
  private readonly lagSeconds;
  private readonly sends;

  constructor(private readonly o: RelayOptions) {
    this.sent = o.metrics.counter('relay_events_total', 'Events handed to the log');
    this.sends = o.metrics.counter('relay_sends_total', 'Sends to the log');
    this.lagSeconds = o.metrics.gauge('relay_lag_seconds', 'Age of the newest event sent, at its acknowledgement');
  }

  start(): void {
    if (this.running) return;
    const running = new AbortController();
    this.running = running;
    const forget = this.o.transactions.onCommit(() => this.poke());
    this.loop = this.run(running.signal).finally(forget);
  }

  async stop(): Promise<void> {
    this.running?.abort();
    this.wake?.();
    await this.loop;
    this.running = null;
  }

  poke(): void {
    this.poked = true;
    this.wake?.();
  }

  private async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let session: Session | null = null;
      try {
        session = await this.o.transactions.database.session(FROZEN_MS);
        while (!signal.aborted && !(await tryToLead(session.statements))) await pause(LEAD_MS, signal);
        if (signal.aborted) break;
        this.leads = true;
        await this.lead(session, signal, () => (failures = 0));
      } catch (error) {
        if (!signal.aborted) this.o.log.warn('relay-interrupted', { reason: codeOf(error) });
        failures++;
      } finally {
        this.leads = false;
        await session?.close();
      }
      if (!signal.aborted)
        await pause(Math.min(2000, 50 * 2 ** Math.min(failures, 6)) * (0.75 + Math.random() / 2), signal);
    }
  }

  private async lead(session: Session, signal: AbortSignal, healthy: () => void): Promise<void> {
    const statements = session.statements;
    let cursor = await this.remembered(session, await readCursor(statements));
    let checkedAt = performance.now();
    let sentSince = false;
    // The log is asked while the work goes on, and may not delay it.
    let looking = false;
    let remembers: boolean | null = null;
    let horizon = cursor.seq;
    let idle = 0;
    let readAt = 0;
    let sentAt = -Infinity;
    let company = false;
    /** Read and not yet sent; `more` waits in the journal behind it. */
    let buffered: JournalEntry[] = [];
    let more = false;
    let ahead: Promise<JournalEntry[]> | null = null;
    const forget = () => {
      buffered = [];
      more = false;
      ahead = null;
    };
    while (!signal.aborted) {
      if (!looking && performance.now() - checkedAt > (sentSince ? MEMORY_MS.busy : MEMORY_MS.idle)) {
        looking = true;
        sentSince = false;
        void this.stillRemembers(cursor).then((it) => (remembers = it));
      }
      if (remembers !== null) {
        if (!remembers) {
          forget();
          cursor = await this.remembered(session, cursor);
          horizon = Math.min(horizon, Math.max(cursor.seq, 0));
        }
        looking = false;
        remembers = null;
        checkedAt = performance.now();
      }
      if (ahead) {
        const read: JournalEntry[] = await ahead;
        more = read.length >= ROWS;
        buffered = [...buffered, ...read];
        ahead = null;
      }
      let rows = buffered;
      await this.giveWay(sentAt, signal);
      if (rows.length === 0) {
        if (!company) await this.keepPace(readAt, idle, signal);
        if (signal.aborted) break;
        readAt = performance.now();
        this.poked = false;
        horizon = await this.settled(session, cursor.seq, horizon, signal);
        rows = horizon > cursor.seq ? await this.read(session, cursor, cursor.seq, horizon) : [];
        more = rows.length >= ROWS;
        company = rows.length >= COMPANY;
      }
      if (rows.length === 0) {
        // Numbers of rolled-back rows are passed over, or the next look would wait for writers in vain.
        if (horizon > cursor.seq) cursor = await this.moved(session, cursor, horizon, cursor.acknowledged);
        company = false;
        idle = this.poked ? 0 : Math.min(idle + 1, POLL_MS.length - 1);
        continue;
      }
      idle = 0;
      const batch = capped(rows, this.o.transactions.hasDoor ? ROWS_BESIDE_DOOR : rows.length);
      const last = batch[batch.length - 1] as JournalEntry;
      buffered = rows.slice(batch.length);
      const sending = this.send(batch, cursor);
      sending.catch(() => undefined);
      if (more && buffered.length < ROWS / 2) {
        ahead = this.read(session, cursor, (buffered.at(-1) ?? last).seq, horizon);
        ahead.catch(() => undefined);
      }
      const acknowledged = await this.whileSpeaking(session, sending);
      if (ahead) await ahead;
      const regressed = fellBack(cursor.acknowledged, acknowledged);
      if (regressed.length > 0) {
        forget();
        cursor = await this.remembered(session, cursor, regressed);
        horizon = cursor.seq;
        continue;
      }
      cursor = await this.moved(session, cursor, last.seq, merged(cursor.acknowledged, acknowledged));
      sentSince = true;
      sentAt = performance.now();
      this.sent.inc(batch.length);
      this.sends.inc();
      this.lagSeconds.set((Date.now() - last.recordedAt) / 1000);
      healthy();
    }
  }

  private read(session: Session, cursor: Cursor, after: number, horizon: number): Promise<JournalEntry[]> {
    const again = { until: cursor.againUntil, topics: cursor.againTopics };
    return readJournal(session.statements, after, horizon, again, ROWS);
  }

  private async giveWay(sentAt: number, signal: AbortSignal): Promise<void> {
    while (this.o.transactions.pressed && performance.now() - sentAt < GIVE_WAY_MS && !signal.aborted)
      await pause(PACE_MS.least, signal);
  }

  /** Waits for company when there was little, for a poke or the next poll when there was nothing. */
  private async keepPace(readAt: number, idle: number, signal: AbortSignal): Promise<void> {
    const worked = performance.now() - readAt;
    if (idle > 0 && !this.poked) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS[idle]);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = null;
    }
    const round = idle > 0 ? PACE_MS.least : Math.min(PACE_MS.most, Math.max(PACE_MS.least, worked * 3));
    const rest = round - (performance.now() - readAt);
    if (rest > 0 && !signal.aborted) await pause(rest, signal);
  }

  /** How far the journal is settled: the last number seen, once everybody who was writing then is gone. */
  private async settled(session: Session, seq: number, known: number, signal: AbortSignal): Promise<number> {
    if (known > seq) return known;
    const { last, writers } = await lookAtHorizon(session.statements, seq);
    let left = writers;
    for (let wait = 1; left.length > 0; wait = Math.min(wait * 2, 20)) {
      if (signal.aborted) return seq;
      await pause(wait, signal);
      left = await stillWriting(session.statements, left);
    }
    return Math.max(last, seq);
  }

  private async send(batch: readonly JournalEntry[], cursor: Cursor): Promise<Acknowledged[]> {
    return this.o.eventLog.send(batch.map((entry): Envelope => ({ ...entry, epoch: cursor.epochs[entry.topic] ?? 0 })));
  }

  /** A leader that waits for the log says so to the server every second, or it would be taken for frozen. */
  private async whileSpeaking<T>(session: Session, work: Promise<T>): Promise<T> {
    const done = work.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([done, sleep(1000, false, { ref: false })]))) await speak(session.statements);
    return work;
  }

  private async moved(session: Session, cursor: Cursor, to: number, acknowledged: Offsets): Promise<Cursor> {
    if (!session.open || !(await moveCursor(session.statements, cursor.seq, to, acknowledged)))
      throw new LeadershipLost('another moved the cursor');
    return { ...cursor, seq: to, acknowledged };
  }

  /** False also when there was no answer: then it is asked again, and waited for. */
  private stillRemembers(cursor: Cursor): Promise<boolean> {
    return this.o.eventLog.positions(Object.keys(cursor.acknowledged)).then(
      (log) => memoryOf(cursor, log, []).is === 'remembers',
      () => false,
    );
  }

  /** Asks the log whether it still has what it acknowledged; if not, goes back to the beginning for the lost topics. */
  private async remembered(session: Session, cursor: Cursor, lost: readonly string[] = []): Promise<Cursor> {
    const topics = Object.keys(cursor.acknowledged);
    const log = await this.whileSpeaking(session, this.o.eventLog.positions(topics));
    const memory = memoryOf(cursor, log, lost);
    if (memory.is === 'remembers') return cursor;
    const next = memory.is === 'new' ? { ...cursor, logId: log.logId } : rewound(cursor, log, memory.topics);
    if (memory.is === 'forgot') this.o.log.warn('log-forgot', { topics: memory.topics, from: cursor.seq });
    // In a new log topics that nothing was sent to are missing too, and their readers wait for them; what is there stays.
    const own = TOPICS.filter(({ name }) => name.startsWith(`${this.o.transactions.context}.`));
    await this.whileSpeaking(session, this.o.eventLog.createTopics(own));
    if (!(await resetCursor(session.statements, cursor.seq, next)))
      throw new LeadershipLost('another moved the cursor');
    return next;
  }
}

/** The first rows that fit one send; never more than the cap for one partition, as all together stay below it. */
const capped = (rows: readonly JournalEntry[], most: number): readonly JournalEntry[] => {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    bytes += row.data.length + 400;
    if (count === most || (count > 0 && bytes > BYTES)) break;
    count++;
  }
  return rows.slice(0, count);
};

/** Topics that gave a place a second time: what stood there is gone. */
const fellBack = (known: Offsets, acknowledged: readonly Acknowledged[]): string[] => [
  ...new Set(
    acknowledged
      .filter(({ topic, partition, offset }) => BigInt(offset) <= BigInt(known[topic]?.[partition] ?? '-1'))
      .map(({ topic }) => topic),
  ),
];

const merged = (known: Offsets, acknowledged: readonly Acknowledged[]): Offsets => {
  const next: Record<string, Record<string, string>> = { ...known } as Record<string, Record<string, string>>;
  for (const { topic, partition, offset } of acknowledged) next[topic] = { ...next[topic], [partition]: offset };
  return next;
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
