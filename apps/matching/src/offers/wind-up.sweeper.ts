import { Clock } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { FloorKeeper } from './floor-keeper.js';
import { FloorRepository } from './floor.repository.js';
import { endedOffer } from './places.decider.js';

/** A need that was cancelled, or is full, lets go of those who are no longer wanted, 400 at a time. */
@Sweeps('matching.wind-up', { everyMs: 500 })
export class WindUp implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly floors: FloorRepository,
    private readonly keeper: FloorKeeper,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const { needIds, offers } = await this.floors.leftOver(tx, 400);
      if (needIds.length === 0) return 0;
      const now = this.clock.now();
      const work = await this.keeper.open(tx, { needIds, offerIds: offers.map(({ offerId }) => offerId) });
      const said = offers.flatMap(({ offerId, reason }) => {
        const offer = work.floor.offers.get(offerId);
        const need = offer && work.floor.needs.get(offer.needId);
        // Since it was read a place may have come free again.
        if (need?.state === 'open' && need.filled < need.places) return [];
        const fact = endedOffer(work.floor, offerId, reason, now);
        return fact ? [{ fact }] : [];
      });
      await this.keeper.close(tx, work, said, now);
      await this.floors.woundUp(tx, needIds);
      return said.length;
    });
  }
}
