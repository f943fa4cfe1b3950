import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export type Offsets = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Cursor {
  readonly seq: number;
  readonly logId: string | null;
  /** Last acknowledged offset by topic and partition. */
  readonly acknowledged: Offsets;
  readonly epochs: Readonly<Record<string, number>>;
  /** Up to here only the rows of `againTopics` are sent: the others' logs still have theirs. */
  readonly againUntil: number;
  readonly againTopics: readonly string[];
}

export interface JournalEntry {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly key: string;
  readonly data: string;
  readonly sequence: number;
  readonly at: Date;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly forumId: string;
  /** ms */
  readonly recordedAt: number;
}

export const tryToLead = async (statements: Transaction): Promise<boolean> => {
  const [row] = await sql(statements).query<{ leads: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('relay of ' || current_schema(), 0)) as leads`,
  );
  return row?.leads === true;
};

export const readCursor = async (statements: Transaction): Promise<Cursor> => {
  const [row] = await sql(statements).query<{
    seq: string;
    log_id: string | null;
    acknowledged: Offsets;
    epochs: Record<string, number>;
    again_until: string;
    again_topics: string[];
  }>('select seq, log_id, acknowledged, epochs, again_until, again_topics from relay_cursor');
  if (!row) throw new Error('relay_cursor has no row');
  return {
    seq: Number(row.seq),
    logId: row.log_id,
    acknowledged: row.acknowledged,
    epochs: row.epochs,
    againUntil: Number(row.again_until),
    againTopics: row.again_topics,
  };
};

/** False when somebody else has moved it: whoever was frozen meanwhile leads no more. */
export const moveCursor = async (
  statements: Transaction,
  from: number,
  to: number,
  acknowledged: Offsets,
): Promise<boolean> =>
  (await sql(statements).run(
    'update relay_cursor set seq = $2, acknowledged = $3, moved_at = clock_timestamp() where seq = $1',
    [from, to, JSON.stringify(acknowledged)],
  )) === 1;

export const resetCursor = async (statements: Transaction, from: number, to: Cursor): Promise<boolean> =>
  (await sql(statements).run(
    `update relay_cursor set seq = $2, log_id = $3, acknowledged = $4, epochs = $5, again_until = $6, again_topics = $7,
            moved_at = clock_timestamp() where seq = $1`,
    [from, to.seq, to.logId, JSON.stringify(to.acknowledged), JSON.stringify(to.epochs), to.againUntil, to.againTopics],
  )) === 1;

/** Settled rows after the cursor, in order, at most `limit` of them; by the column, not by its cast, which no index has. */
export const readJournal = async (
  statements: Transaction,
  after: number,
  upTo: number,
  again: { until: number; topics: readonly string[] },
  limit: number,
): Promise<JournalEntry[]> => {
  const repeats = after < again.until;
  const rows = await sql(statements).query(
    `select seq::float8 as seq, id, type, topic, key, data, sequence::float8 as sequence,
            extract(epoch from at)::float8 * 1000 as at, correlation_id as "correlationId",
            causation_id as "causationId", traceparent, forum_id as "forumId",
            extract(epoch from recorded_at)::float8 * 1000 as "recordedAt"
       from journal where seq > $1 and seq <= $2 ${repeats ? 'and (seq > $4 or topic = any ($5))' : ''}
      order by journal.seq limit $3`,
    repeats ? [after, upTo, limit, again.until, again.topics] : [after, upTo, limit],
  );
  return rows.map((row) => ({ ...row, at: new Date(Math.round(row.at)) }));
};

/** How much waits to be sent; the number is the distance, which rolled-back numbers may enlarge. */
export const unsent = async (tx: Transaction): Promise<{ unsent: number; oldestSeconds: number }> => {
  const [row] = await sql(tx).query<{ unsent: string; oldest: string | null }>(
    `select coalesce(pg_sequence_last_value('journal_seq_seq'), 0) - c.seq as unsent,
            (select extract(epoch from clock_timestamp() - j.recorded_at) from journal j where j.seq > c.seq order by j.seq limit 1) as oldest
       from relay_cursor c`,
  );
  const oldestSeconds = Number(row?.oldest ?? 0);
  return {
    unsent: row === undefined || row.oldest === null ? 0 : Number(row.unsent),
    oldestSeconds: Math.max(0, oldestSeconds),
  };
};
