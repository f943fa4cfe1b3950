import { after, DAY, HOUR, SystemClock } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { inAllForums } from '../forum-scope.repository.js';
import { SessionRepository } from './session.repository.js';

/** Sessions live an hour; a day later nobody needs their row. */
@Sweeps('coordination.forget-sessions', { everyMs: HOUR })
export class ForgetSessions implements Sweeper {
  private readonly clock = new SystemClock();

  constructor(
    private readonly transactions: Transactions,
    private readonly sessions: SessionRepository,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      await inAllForums(tx);
      return this.sessions.forget(tx, after(this.clock.now(), -DAY));
    });
  }
}
