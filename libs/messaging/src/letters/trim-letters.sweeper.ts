import type { Database } from '@app/database';
import { inboxDays, type MessagingConfig } from '../config.js';
import { Sweeps, type Sweeper } from '../sweeps/sweeps.js';
import { trimLetters } from './dead-letter.repository.js';

const DAY = 86_400_000;

/** Settled letters go when the inbox forgets their events. */
@Sweeps('messaging.trim-letters', { everyMs: 600_000 })
export class TrimLetters implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly config: MessagingConfig,
  ) {}

  sweep(): Promise<number> {
    const before = new Date(Date.now() - inboxDays(this.config) * DAY);
    return this.database.transaction((tx) => trimLetters(tx, before, 500));
  }
}
