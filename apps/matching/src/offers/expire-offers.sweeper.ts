import { after, Clock, SECOND } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { FloorKeeper } from './floor-keeper.js';
import { FloorRepository } from './floor.repository.js';
import { lapsedOffer } from './places.decider.js';

/** An answer given in the last second is still on its way; and one that comes later yet counts by when it was given. */
const GRACE = 5 * SECOND;

/** Offers that nobody answered in time free their place; the person stays in line. */
@Sweeps('matching.expire-offers', { everyMs: 1_000 })
export class ExpireOffers implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly floors: FloorRepository,
    private readonly keeper: FloorKeeper,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const due = await this.floors.due(tx, after(now, -GRACE), 400);
      if (due.length === 0) return 0;
      const work = await this.keeper.open(tx, { offerIds: due });
      const said = due.flatMap((offerId) => {
        const fact = lapsedOffer(work.floor, offerId, now);
        return fact ? [{ fact }] : [];
      });
      await this.keeper.close(tx, work, said, now);
      return said.length;
    });
  }
}
