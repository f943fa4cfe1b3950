import { Clock, MINUTE } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { IdempotencyRepository } from './idempotency.repository.js';

@Sweeps('http.expire-idempotency', { everyMs: MINUTE })
export class ExpireIdempotency implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: IdempotencyRepository,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run((tx) => this.repository.expire(tx, this.clock.now()));
  }
}
