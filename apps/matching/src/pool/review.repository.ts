import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

@Injectable()
export class ReviewRepository {
  /** Activations whose demand has another shape than when their pool was last gone through; at most one look in 15 s. */
  async due(tx: Transaction, now: Date): Promise<{ activationId: string; demand: string }[]> {
    return sql(tx).query(
      `select a.activation_id as "activationId", d.demand from activation a cross join lateral (
         select md5(coalesce(string_agg(n.need_id || ':' || n.places, ',' order by n.need_id), '')) as demand from need n
          where n.activation_id = a.activation_id and n.state = 'open' and n.filled < n.places and n.starts_at > $1) d
        where a.reviewed_demand is distinct from d.demand
          and (a.reviewed_at is null or a.reviewed_at < $1::timestamptz - interval '15 seconds' or a.reviewed_at > $1)`,
      [now],
    );
  }

  async done(tx: Transaction, activationId: string, demand: string, now: Date): Promise<void> {
    await sql(tx).run('update activation set reviewed_demand = $2, reviewed_at = $3 where activation_id = $1', [
      activationId,
      demand,
      now,
    ]);
  }
}
