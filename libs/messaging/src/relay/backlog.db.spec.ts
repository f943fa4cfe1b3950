import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { testDatabase, type TestDatabase } from '@app/testing';
import { NeedStaffed, staffed } from '../examples.fixture.js';
import { uuidv7 } from '../uuid.js';
import { readJournal } from './cursor.repository.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ schema: 'matching' });
  await db.transactions.run(async (tx) => {
    tx.publish(
      NeedStaffed,
      Array.from({ length: 3_000 }, () => staffed(uuidv7(), 1)),
    );
  });
  await db.adminSql('analyze matching.journal');
});
afterAll(() => db.close());

const touched = async (tx: Transaction): Promise<number> => {
  const [row] = await sql(tx).query<{ rows: number }>(
    `select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables where relid = 'journal'::regclass`,
  );
  return row!.rows;
};

test.each([
  ['sent for the first time', { until: 0, topics: [] }],
  ['sent again', { until: 3_000, topics: ['matching.need'] }],
])('of a backlog that is %s no more is read than goes with one send', async (_, again) => {
  await db.database.transaction(async (tx) => {
    const before = await touched(tx);
    const rows = await readJournal(tx, 500, 3_000, again, 100);
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => 501 + n));
    expect((await touched(tx)) - before).toBeLessThan(110);
  });
});
