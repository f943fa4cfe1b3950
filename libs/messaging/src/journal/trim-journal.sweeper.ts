import type { Database } from '@app/database';
import { sql } from '@app/database/sql';
import type { MessagingConfig } from '../config.js';
import { Sweeps, type Sweeper } from '../sweeps/sweeps.js';

const SLICE = 1000;

/** Deletes relayed rows that are old, a slice at a time. */
@Sweeps('messaging.trim-journal', { everyMs: 60_000 })
export class TrimJournal implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly config: MessagingConfig,
  ) {}

  async sweep(): Promise<number> {
    const keep = `${this.config.JOURNAL_DAYS} days`;
    return this.database.transaction(async (tx) => {
      const [row] = await sql(tx).query<{ n: string }>('select trim_journal($1::interval, $2) as n', [keep, SLICE]);
      return Number(row?.n ?? 0);
    });
  }
}
