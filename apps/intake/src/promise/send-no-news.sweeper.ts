import { Clock } from '@app/calendar';
import { ApplicationResumed } from '@app/contracts';
import { Sweeps, Transactions, type Sweeper, type Tx } from '@app/messaging';
import { ApplicationBooks } from '../application/application-books.js';
import { ApplicationRepository } from '../application/application.repository.js';
import { settle, type Settled } from '../application/settle.decider.js';
import { actOnDue } from './due.decider.js';

const AT_ONCE = 500;

/** Promises come due with nothing new: an honest word before the day, a reminder, a lapse, or a call for a human. */
@Sweeps('intake.send-no-news', { everyMs: 1_000 })
export class SendNoNews implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly applications: ApplicationRepository,
    private readonly books: ApplicationBooks,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const due = await this.applications.lockDue(tx, now, AT_ONCE);
      if (due.length === 0) return 0;
      const settled = due.map((application) => {
        const resumes = application.promise?.rule === 'paused';
        return settle(application, [(before) => actOnDue(before, now)], resumes ? 1 : 0);
      });
      await this.books.enter(tx, settled);
      this.tellResumed(tx, settled, now);
      return due.length;
    });
  }

  private tellResumed(tx: Tx, settled: readonly Settled[], now: Date): void {
    const resumed = settled.filter(({ before, after }) => before.pool === 'paused' && after.pool !== 'paused');
    tx.publish(
      ApplicationResumed,
      resumed.map(({ before }) => ({
        sequence: before.version + 1,
        at: now,
        data: {
          applicationId: before.id,
          activationId: before.activationId,
          forumId: before.forumId,
          at: now.toISOString(),
        },
      })),
    );
  }
}
