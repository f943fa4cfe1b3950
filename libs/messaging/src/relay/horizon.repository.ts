import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Horizon {
  /** The last number given out; everything up to it is settled once all writers are gone. */
  readonly last: number;
  readonly writers: readonly string[];
}

export const lookAtHorizon = async (statements: Transaction, seen: number): Promise<Horizon> => {
  const [row] = await sql(statements).query<{ last: string; writers: string[] }>('select * from journal_horizon($1)', [
    seen,
  ]);
  return { last: Number(row?.last ?? 0), writers: row?.writers ?? [] };
};

/** Which of them still write; a transaction's virtual id is never used twice while the server runs. */
export const stillWriting = async (statements: Transaction, writers: readonly string[]): Promise<string[]> => {
  const rows = await sql(statements).query<{ writer: string }>(
    `select distinct l.virtualtransaction as writer from pg_locks l
      where l.virtualtransaction = any ($1::text[]) and l.locktype = 'relation' and l.relation = 'journal'::regclass
        and l.mode = 'RowExclusiveLock' and l.granted
        and l.database = (select oid from pg_database where datname = current_database())`,
    [writers],
  );
  return rows.map(({ writer }) => writer);
};

/** Anything at all, so that the server does not take the leader for frozen. */
export const speak = (statements: Transaction): Promise<unknown> => sql(statements).query('select');
