import { eventOfType } from '@app/contracts';
import type { Transaction } from '@app/database';
import { withTrace } from '@app/telemetry';
import type { Publication } from '../journal/publication.js';
import { scrub } from '../scrub.js';
import { publishing } from '../tx.js';
import type { BatchHandler, Projection } from './handles.js';
import type { Received } from './received.js';
import type { Consumer } from './registry.js';

/** Lets one consumer have its effect in a transaction that is open; a projection cannot publish. Who hears of an erasure scrubs. */
export const runConsumer = (
  consumer: Consumer,
  events: readonly Received[],
  tx: Transaction,
  publication: Publication,
): Promise<void> =>
  withTrace(events[0]?.traceparent, async () => {
    if (consumer.kind === 'projection') await (consumer.instance as Projection).project(events, tx);
    else await (consumer.instance as BatchHandler).handle(events, publishing(tx, publication));
    const erased = events.filter(({ type }) => eventOfType(type)?.erases).map(({ key }) => key);
    if (erased.length > 0) await scrub(tx, erased);
  });
