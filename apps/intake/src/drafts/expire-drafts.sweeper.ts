import { Clock, MINUTE } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { DraftRepository } from './draft.repository.js';

/** A draft is kept for seven days after it was last written. */
@Sweeps('intake.expire-drafts', { everyMs: 10 * MINUTE })
export class ExpireDrafts implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly drafts: DraftRepository,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run((tx) => this.drafts.expire(tx, this.clock.now(), 1_000));
  }
}
