import type { Database } from '@app/database';
import type { MessagingConfig } from '../config.js';
import { Sweeps, type Sweeper } from '../sweeps/sweeps.js';
import { trimJournal } from './journal.repository.js';

const SLICE = 1000;

/** Deletes relayed rows that are old, a slice at a time. */
@Sweeps('messaging.trim-journal', { everyMs: 60_000 })
export class TrimJournal implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly config: MessagingConfig,
  ) {}

  sweep(): Promise<number> {
    return this.database.transaction((tx) => trimJournal(tx, this.config.JOURNAL_DAYS, SLICE));
  }
}
