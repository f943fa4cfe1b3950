import { IntakeTallied, MatchingTallied, NotificationTallied, VettingTallied } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { Projects, type Batch, type Projection, type Received } from '@app/messaging';
import { inAllForums } from '../forum-scope.repository.js';

/** What each app last counted, one row per app and activation; the board adds nothing up that it did not hear. */
@Projects([IntakeTallied, VettingTallied, MatchingTallied, NotificationTallied], 'coordination.board', {
  from: 'beginning',
})
export class TallyProjection implements Projection {
  async project(events: Batch, tx: Transaction): Promise<void> {
    await inAllForums(tx);
    const newest = new Map<string, Received>();
    for (const event of events) newest.set(`${event.key} ${sourceOf(event)}`, event);
    await sql(tx).insert(
      'activation_tally',
      {
        activation_id: 'uuid',
        forum_id: 'uuid',
        source: 'text',
        at: 'timestamptz',
        sequence: 'int8',
        numbers: 'jsonb',
      },
      [...newest.values()].map((event) => {
        const { activationId, forumId, at, ...numbers } = event.data as Record<string, string>;
        return {
          activation_id: activationId,
          forum_id: forumId,
          source: sourceOf(event),
          at: new Date(at!),
          sequence: event.sequence,
          numbers,
        };
      }),
      `on conflict (activation_id, source) do update
         set at = excluded.at, sequence = excluded.sequence, numbers = excluded.numbers
         where excluded.at >= activation_tally.at`,
    );
  }

  async clear(tx: Transaction): Promise<void> {
    await inAllForums(tx);
    await sql(tx).run('delete from activation_tally');
  }
}

const sourceOf = (event: Received): string => event.type.slice(0, event.type.indexOf('.'));
