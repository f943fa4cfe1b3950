import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface JournalRow {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly key: string;
  readonly data: string;
  readonly sequence: number;
  readonly at: Date;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly traceparent: string | null;
  readonly forum_id: string;
}

const COLUMNS = {
  id: 'uuid',
  type: 'text',
  topic: 'text',
  key: 'text',
  data: 'text',
  sequence: 'bigint',
  at: 'timestamptz',
  correlation_id: 'uuid',
  causation_id: 'uuid',
  traceparent: 'text',
  forum_id: 'uuid',
};

/** The order of the rows is the order in which the log will show them. */
export const insertJournal = (tx: Transaction, rows: readonly JournalRow[]): Promise<unknown> =>
  sql(tx).insert('journal', COLUMNS, rows as unknown as Record<string, unknown>[]);

/** Deletes relayed rows that are older than `keepDays`, at most `slice` of them. */
export const trimJournal = async (tx: Transaction, keepDays: number, slice: number): Promise<number> => {
  const [row] = await sql(tx).query<{ n: string }>(
    'select trim_journal(make_interval(days => $1::int), $2::int) as n',
    [keepDays, slice],
  );
  return Number(row?.n ?? 0);
};

/** Empties what events about these people said, already relayed or not; readers drop what is empty and about the erased. */
export const scrubJournal = (
  tx: Transaction,
  persons: readonly string[],
  spared: readonly string[],
): Promise<unknown> => sql(tx).query('select scrub_journal($1::text[], $2::text[])', [persons, spared]);
