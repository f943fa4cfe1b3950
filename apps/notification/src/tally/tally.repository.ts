import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Delta {
  readonly activationId: string;
  readonly forumId: string;
  readonly queued?: number;
  readonly sent?: number;
  readonly delivered?: number;
  readonly failed?: number;
}

export interface Tally extends Required<Delta> {
  readonly version: number;
}

@Injectable()
export class TallyRepository {
  /** Appends one row per activation: many connections count at once without waiting for each other. */
  async count(tx: Transaction, deltas: readonly Delta[]): Promise<void> {
    const sums = new Map<string, Required<Delta>>();
    for (const { activationId, forumId, queued = 0, sent = 0, delivered = 0, failed = 0 } of deltas) {
      const sum = sums.get(activationId) ?? { activationId, forumId, queued: 0, sent: 0, delivered: 0, failed: 0 };
      sums.set(activationId, {
        ...sum,
        queued: sum.queued + queued,
        sent: sum.sent + sent,
        delivered: sum.delivered + delivered,
        failed: sum.failed + failed,
      });
    }
    await sql(tx).insert(
      'tally_delta',
      { activation_id: 'uuid', forum_id: 'uuid', queued: 'int', sent: 'int', delivered: 'int', failed: 'int' },
      [...sums.values()].map(({ activationId, forumId, ...counts }) => ({
        activation_id: activationId,
        forum_id: forumId,
        ...counts,
      })),
    );
  }

  /** Folds what was appended; gives the new absolute numbers. One instance at a time, the others get nothing. */
  async fold(tx: Transaction): Promise<Tally[]> {
    const [leader] = await sql(tx).query<{ leads: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('notification.tally')) as leads`,
    );
    if (!leader?.leads) return [];
    return sql(tx).query<Tally>(
      `with gone as (
         delete from tally_delta where id in (select id from tally_delta order by id limit 10000) returning *),
       sums as (
         select activation_id, forum_id, sum(queued)::int as queued, sum(sent)::int as sent,
                sum(delivered)::int as delivered, sum(failed)::int as failed
           from gone group by activation_id, forum_id)
       insert into tally (activation_id, forum_id, queued, sent, delivered, failed)
         select activation_id, forum_id, queued, sent, delivered, failed from sums order by activation_id
       on conflict (activation_id) do update set version = tally.version + 1, queued = tally.queued + excluded.queued,
         sent = tally.sent + excluded.sent, delivered = tally.delivered + excluded.delivered, failed = tally.failed + excluded.failed
       returning activation_id as "activationId", forum_id as "forumId", version, queued, sent, delivered, failed`,
    );
  }
}
