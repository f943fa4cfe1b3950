import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import type { Step } from '@app/operator';

interface Row {
  at: Date | null;
  code: string;
  ids: Record<string, unknown>;
}

@Injectable()
export class CaseTraceQuery {
  constructor(private readonly database: Database) {}

  /** Where one application is here and why, in codes and ids. */
  async steps(reference: string | null, applicationId: string | null): Promise<Step[]> {
    const rows = await this.database.read((tx) =>
      sql(tx).query<Row>(
        `with own as (select * from case_file where application_id = $2::uuid or ($2::uuid is null and reference = $1))
         select changed_at as at, 'case-' || state as code,
                jsonb_build_object('applicationId', application_id, 'policyVersion', policy_version) as ids from own
         union all
         select coalesce(c.determined_at, c.referred_at, c.sent_at, c.answered_at, c.opened_at), c.kind || '-' || c.state,
                jsonb_build_object('checkId', c.check_id, 'attempt', c.attempt, 'tries', c.tries, 'reason', c.reason_code,
                  'nextTryAt', c.next_try_at, 'delayedAt', c.delayed_at)
           from checks c join own using (application_id)
         union all
         select d.at, 'determination-' || d.act, jsonb_build_object('checkId', d.check_id, 'outcome', d.outcome)
           from determination d join own using (application_id)
         order by at`,
        [reference, applicationId],
      ),
    );
    return rows.filter((row): row is Row & { at: Date } => row.at !== null);
  }
}
