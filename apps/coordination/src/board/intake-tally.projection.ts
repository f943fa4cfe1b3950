import { IntakeTallied } from '@app/contracts';
import type { Transaction } from '@app/database';
import { Projects, type Batch, type Projection } from '@app/messaging';
import { TallyRepository } from './tally.repository.js';

@Projects([IntakeTallied], 'coordination.intake-tally', { from: 'beginning' })
export class IntakeTally implements Projection {
  constructor(private readonly tallies: TallyRepository) {}

  project(events: Batch, tx: Transaction): Promise<void> {
    return this.tallies.keep(tx, 'intake', events);
  }

  clear(tx: Transaction): Promise<void> {
    return this.tallies.forget(tx, 'intake');
  }
}
