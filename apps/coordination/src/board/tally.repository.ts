import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { foldByKey, type Batch } from '@app/messaging';
import { inAllForums } from '../forum-scope.repository.js';

export type Source = 'intake' | 'vetting' | 'matching' | 'notification';

/** What each app last counted, one row per app and activation; the board adds nothing up that it did not hear. */
@Injectable()
export class TallyRepository {
  async keep(tx: Transaction, source: Source, events: Batch): Promise<void> {
    await inAllForums(tx);
    const newest = [...foldByKey(events).values()].map((told) =>
      told.reduce((best, one) => (one.sequence >= best.sequence ? one : best)),
    );
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
      newest.map((event) => {
        const { activationId, forumId, at, ...numbers } = event.data as Record<string, string>;
        return {
          activation_id: activationId,
          forum_id: forumId,
          source,
          at: new Date(at!),
          sequence: event.sequence,
          numbers,
        };
      }),
      `on conflict (activation_id, source) do update
         set at = excluded.at, sequence = excluded.sequence, numbers = excluded.numbers
         where excluded.sequence > activation_tally.sequence`,
    );
  }

  async forget(tx: Transaction, source: Source): Promise<void> {
    await inAllForums(tx);
    await sql(tx).run('delete from activation_tally where source = $1', [source]);
  }
}
