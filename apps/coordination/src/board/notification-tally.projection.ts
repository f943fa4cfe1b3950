import { NotificationTallied } from '@app/contracts';
import type { Transaction } from '@app/database';
import { Projects, type Batch, type Projection } from '@app/messaging';
import { TallyRepository } from './tally.repository.js';

@Projects([NotificationTallied], 'coordination.notification-tally', { from: 'beginning' })
export class NotificationTally implements Projection {
  constructor(private readonly tallies: TallyRepository) {}

  project(events: Batch, tx: Transaction): Promise<void> {
    return this.tallies.keep(tx, 'notification', events);
  }

  clear(tx: Transaction): Promise<void> {
    return this.tallies.forget(tx, 'notification');
  }
}
