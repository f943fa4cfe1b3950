import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Overdue {
  readonly checkId: string;
  readonly applicationId: string;
  readonly reason: 'provider-away' | 'provider-silent';
}

@Injectable()
export class OverdueRepository {
  /** Checks that no provider has taken two minutes after the person answered, or about which one was silent too long. */
  async undelayed(tx: Transaction, now: Date, limit: number): Promise<Overdue[]> {
    return sql(tx).query<Overdue>(
      `select check_id as "checkId", application_id as "applicationId",
              case when sent_at is null then 'provider-away' else 'provider-silent' end as reason
         from checks
        where state in ('with-provider', 'provider-error') and delayed_at is null
          and ((sent_at is null and answered_at < $1::timestamptz - interval '2 minutes') or silent_at < $1)
        order by application_id limit $2`,
      [now, limit],
    );
  }

  /** The body of a result goes after its time; that there was one, and what was decided, stays. */
  async purge(tx: Transaction, now: Date, limit: number): Promise<number> {
    return sql(tx).run(
      `update checks set answers = null, result = null, session = null, purge_at = null
        where check_id in (select check_id from checks where purge_at <= $1 order by purge_at limit $2 for update skip locked)`,
      [now, limit],
    );
  }
}
