import { after, Clock, SECOND } from '@app/calendar';
import { MessageFailed } from '@app/contracts';
import { type Sweeper, Sweeps, Transactions } from '@app/messaging';
import { MessageRepository } from '../messages/message.repository.js';
import { TallyRepository } from '../tally/tally.repository.js';
import { failedFact } from './sending.js';

/** A provider answers within seconds or not at all: with this, what died under way is on its way again within a minute. */
const SENDING_FOR = 45 * SECOND;
/** Twice what a queue holds; with a sweep and a sending, Redis may lose everything and half a minute later nothing is missing. */
const QUEUED_FOR = 20 * SECOND;
const SET = 500;

/** Finds what died between the row and the provider, and what Redis forgot. */
@Sweeps('notification.recover-sending', { everyMs: 5 * SECOND })
export class RecoverSending implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly messages: MessageRepository,
    private readonly tally: TallyRepository,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const requeued = await this.messages.requeue(tx, after(now, -QUEUED_FOR), SET);
      const lost = await this.messages.recover(tx, after(now, -SENDING_FOR), now, SET);
      tx.publish(
        MessageFailed,
        lost.map((one) => failedFact(one, 'outcome-unknown', now)),
      );
      await this.tally.count(
        tx,
        lost.map((one) => ({ ...one, queued: -1, failed: 1 })),
      );
      return requeued === SET || lost.length === SET ? SET : 0;
    });
  }
}
