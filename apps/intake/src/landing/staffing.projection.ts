import { NeedStaffed } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { foldByKey, Projects, type Batch, type Projection } from '@app/messaging';

/** How many places of a need are filled, for the public page; the need's other columns come from coordination. */
@Projects([NeedStaffed], 'intake.needs-staffed', { from: 'beginning' })
export class StaffingProjection implements Projection {
  async project(events: Batch<typeof NeedStaffed>, tx: Transaction): Promise<void> {
    const latest = [...foldByKey(events)].map(([id, facts]) => {
      const { activationId, forumId, filled, at } = facts.at(-1)!.data;
      return { id, activation_id: activationId, forum_id: forumId, filled, filled_at: at };
    });
    await sql(tx).insert(
      'need',
      { id: 'uuid', activation_id: 'uuid', forum_id: 'uuid', filled: 'integer', filled_at: 'timestamptz' },
      latest,
      `on conflict (id) do update set filled = excluded.filled, filled_at = excluded.filled_at
         where need.filled_at is null or need.filled_at <= excluded.filled_at`,
    );
  }

  async clear(tx: Transaction): Promise<void> {
    await sql(tx).run('update need set filled = 0, filled_at = null');
  }
}
