import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

const scope = async (tx: Transaction, to: string): Promise<void> => {
  await sql(tx).query(`select set_config('muster.forum', $1, true)`, [to]);
};

/** Until its end the transaction sees and writes rows of this forum only; before this call it sees none (S8). */
export const inForum = (tx: Transaction, forumId: string): Promise<void> => scope(tx, forumId);

/** For consumers and sweepers, which serve every forum at once; never on behalf of a person. */
export const inAllForums = (tx: Transaction): Promise<void> => scope(tx, '*');
