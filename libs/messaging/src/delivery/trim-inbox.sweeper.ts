import type { Database } from '@app/database';
import { inboxDays, type MessagingConfig } from '../config.js';
import { Sweeps, type Sweeper } from '../sweeps/sweeps.js';
import { idAt } from '../uuid.js';
import { trimInbox } from './inbox.repository.js';

const SLICE = 1000;
const DAY = 86_400_000;

/** Forgets events so old that the delivery would no longer run them. */
@Sweeps('messaging.trim-inbox', { everyMs: 60_000 })
export class TrimInbox implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly config: MessagingConfig,
    private readonly consumers: () => readonly string[],
  ) {}

  async sweep(): Promise<number> {
    // A day later than the delivery's own limit, so that no event falls between the two.
    const before = idAt(new Date(Date.now() - (inboxDays(this.config) + 1) * DAY));
    let forgotten = 0;
    for (const consumer of this.consumers())
      forgotten += await this.database.transaction((tx) => trimInbox(tx, consumer, before, SLICE));
    return forgotten;
  }
}
