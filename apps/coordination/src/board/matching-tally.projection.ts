import { MatchingTallied } from '@app/contracts';
import type { Transaction } from '@app/database';
import { Projects, type Batch, type Projection } from '@app/messaging';
import { TallyRepository } from './tally.repository.js';

@Projects([MatchingTallied], 'coordination.matching-tally', { from: 'beginning' })
export class MatchingTally implements Projection {
  constructor(private readonly tallies: TallyRepository) {}

  project(events: Batch, tx: Transaction): Promise<void> {
    return this.tallies.keep(tx, 'matching', events);
  }

  clear(tx: Transaction): Promise<void> {
    return this.tallies.forget(tx, 'matching');
  }
}
