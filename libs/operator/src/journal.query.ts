import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Told {
  readonly at: Date;
  readonly type: string;
  readonly id: string;
  readonly sequence: number;
}

/** What this app said about one key, in order; codes, ids and times only. */
export const journalOf = (tx: Transaction, key: string): Promise<Told[]> =>
  sql(tx).query(
    'select at, type, id, sequence::float8 as sequence from journal where key = $1 order by seq limit 500',
    [key],
  );
