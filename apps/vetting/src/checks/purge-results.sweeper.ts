import { Clock, MINUTE } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { OverdueRepository } from './overdue.repository.js';

/** Certificate information is kept for 180 days after the decision and no longer. */
@Sweeps('vetting.purge-results', { everyMs: 10 * MINUTE })
export class PurgeResults implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly overdue: OverdueRepository,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run((tx) => this.overdue.purge(tx, this.clock.now(), 500));
  }
}
