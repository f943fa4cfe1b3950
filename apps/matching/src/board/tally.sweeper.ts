import { MatchingTallied } from '@app/contracts';
import { Clock } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { TallyRepository } from './tally.repository.js';

/** Says the absolute counts, at most once a second and only when one of them moved. */
@Sweeps('matching.tally', { everyMs: 1_000 })
export class TallyMatching implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly tallies: TallyRepository,
    private readonly clock: Clock,
  ) {}

  async sweep(): Promise<number> {
    await this.transactions.run(async (tx) => {
      const at = this.clock.now().toISOString();
      const moved = await this.tallies.fold(tx);
      tx.publish(
        MatchingTallied,
        moved.map(({ version, wanted, filled, ...counts }) => ({
          sequence: version,
          data: { ...counts, at, places: { wanted, filled } },
        })),
      );
    });
    return 0;
  }
}
