import { NeedCancelled, NeedVerified } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { foldByKey, Projects, type Batch, type Projection } from '@app/messaging';

/** What is needed now, for the public page; how much of it is filled comes from matching. */
@Projects([NeedVerified, NeedCancelled], 'intake.needs', { from: 'beginning' })
export class NeedProjection implements Projection {
  async project(events: Batch, tx: Transaction): Promise<void> {
    const s = sql(tx);
    const verified = [];
    const cancelled = [];
    for (const [id, facts] of foldByKey(events)) {
      for (const fact of facts) {
        const row = { id, activation_id: fact.data.activationId, forum_id: fact.data.forumId };
        if (fact.type === NeedVerified.type) {
          verified.push({
            ...row,
            role_code: fact.data.roleCode,
            places: fact.data.places,
            district: fact.data.district,
            organisation_name: fact.data.organisationName,
            starts_at: fact.data.startsAt,
            ends_at: fact.data.endsAt,
            remote: fact.data.remote,
          });
        } else if (fact.type === NeedCancelled.type) cancelled.push({ ...row, cancelled_at: fact.data.at });
      }
    }
    const key = { id: 'uuid', activation_id: 'uuid', forum_id: 'uuid' };
    await s.insert(
      'need',
      {
        ...key,
        role_code: 'text',
        places: 'integer',
        district: 'text',
        organisation_name: 'text',
        starts_at: 'timestamptz',
        ends_at: 'timestamptz',
        remote: 'boolean',
      },
      last(verified),
      `on conflict (id) do update set role_code = excluded.role_code, places = excluded.places,
         district = excluded.district, organisation_name = excluded.organisation_name, starts_at = excluded.starts_at,
         ends_at = excluded.ends_at, remote = excluded.remote`,
    );
    await s.insert(
      'need',
      { ...key, cancelled_at: 'timestamptz' },
      last(cancelled),
      'on conflict (id) do update set cancelled_at = excluded.cancelled_at',
    );
  }

  async clear(tx: Transaction): Promise<void> {
    await sql(tx).run('update need set role_code = null, places = null, cancelled_at = null');
  }
}

const last = <R extends { id: string }>(rows: readonly R[]): R[] => [
  ...new Map(rows.map((row) => [row.id, row])).values(),
];
