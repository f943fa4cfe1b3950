import { VettingTallied } from '@app/contracts';
import { Clock } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { TallyRepository } from './tally.repository.js';

/** Says the absolute counts, at most once a second and only when one of them moved. */
@Sweeps('vetting.tally', { everyMs: 1_000 })
export class TallyVetting implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly tallies: TallyRepository,
    private readonly clock: Clock,
  ) {}

  async sweep(): Promise<number> {
    await this.transactions.run(async (tx) => {
      const moved = await this.tallies.fold(tx);
      const at = this.clock.now().toISOString();
      tx.publish(
        VettingTallied,
        moved.map(({ version, ...tally }) => ({ sequence: version, data: { ...tally, at } })),
      );
    });
    return 0;
  }
}
