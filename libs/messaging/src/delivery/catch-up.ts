import type { Database } from '@app/database';
import type { Log } from '@app/telemetry';
import type { EventLog } from '../event-log.js';
import { catchingUp, markCatchingUp } from './consumer.repository.js';
import type { Delivery } from './delivery.js';
import type { Projection } from './handles.js';
import { forgetInbox, lockConsumerForSession, lockConsumers } from './inbox.repository.js';
import type { Consumer, Registry } from './registry.js';

export interface CatchUpOptions {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly registry: Registry;
  readonly log: Log;
  readonly deliveryOf: (group: string) => Delivery;
}

/** The server ends a holder that has been silent so long. */
const LOCKED_MS = 30_000;

/**
 * Lets one consumer read its topic from the beginning while the group goes on: a new one that joined late, or a
 * projection that is built anew. Meanwhile the running delivery leaves its events out; order per key holds.
 */
export class CatchUp {
  constructor(private readonly o: CatchUpOptions) {}

  /** Those that were new, or were interrupted. */
  async finish(): Promise<void> {
    for (const name of await this.o.database.read(catchingUp)) {
      const consumer = this.o.registry.named(name);
      if (consumer) await this.read(consumer);
    }
  }

  /** Empties a projection and folds it again from what the log holds. */
  async rebuild(name: string): Promise<'rebuilt' | 'not-a-projection'> {
    const consumer = this.o.registry.named(name);
    if (consumer?.kind !== 'projection') return 'not-a-projection';
    await this.o.database.transaction(async (tx) => {
      await lockConsumers(tx, [name], 'alone');
      await markCatchingUp(tx, name, true);
      await (consumer.instance as Projection).clear(tx);
    });
    while ((await this.o.database.transaction((tx) => forgetInbox(tx, name, 1000))) > 0);
    await this.read(consumer);
    return 'rebuilt';
  }

  private async read(consumer: Consumer): Promise<void> {
    const { database, eventLog, log } = this.o;
    const delivery = this.o.deliveryOf(consumer.group);
    const name = consumer.consumer;
    log.info('catching-up', { consumer: name });
    const reached = await eventLog.replay([consumer.topic], (partitions) =>
      delivery.deliver(partitions, { only: consumer }),
    );
    // The rest is read while the running delivery waits, so that nothing later can overtake it.
    const session = await database.session(LOCKED_MS);
    try {
      await lockConsumerForSession(session.statements, name);
      await eventLog.replay(
        [consumer.topic],
        (partitions) => delivery.deliver(partitions, { only: consumer, locked: true }),
        reached,
      );
      await database.transaction((tx) => markCatchingUp(tx, name, false));
    } finally {
      await session.close();
    }
    log.info('caught-up', { consumer: name });
  }
}
