import { Clock, SECOND } from '@app/calendar';
import { NotificationTallied } from '@app/contracts';
import { type Sweeper, Sweeps, Transactions } from '@app/messaging';
import { TallyRepository } from './tally.repository.js';

/** Says once a second at most how many messages wait, went and arrived. */
@Sweeps('notification.publish-tally', { everyMs: SECOND })
export class PublishTally implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly tally: TallyRepository,
    private readonly clock: Clock,
  ) {}

  async sweep(): Promise<number> {
    await this.transactions.run(async (tx) => {
      const at = this.clock.now().toISOString();
      const changed = await this.tally.fold(tx);
      tx.publish(
        NotificationTallied,
        changed.map(({ version, queued, ...rest }) => ({
          sequence: version,
          // A cancellation may be folded before the message that it cancels.
          data: { ...rest, queued: Math.max(0, queued), at },
        })),
      );
    });
    return 0;
  }
}
