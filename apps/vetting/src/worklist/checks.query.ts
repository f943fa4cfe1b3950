import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import type { CheckState } from '../checks/check.js';
import type { DeepCheck } from '../policy/requirement.decider.js';

export interface WorklistItem {
  readonly id: string;
  readonly applicationId: string;
  readonly reference: string | null;
  readonly activationId: string;
  readonly kind: DeepCheck;
  readonly state: CheckState;
  readonly reasonCode: string | null;
  readonly resultCode: string | null;
  readonly roles: readonly string[];
  readonly conditional: boolean;
  readonly waitingSince: string;
  readonly outcome: string | null;
  /** What a first officer proposed and a second has to confirm. */
  readonly proposed: { readonly outcome: string; readonly reasonCode: string; readonly byMe: boolean } | null;
}

interface Row {
  id: string;
  application_id: string;
  reference: string | null;
  activation_id: string;
  kind: DeepCheck;
  state: CheckState;
  reason_code: string | null;
  result_code: string | null;
  roles: string[] | null;
  case_state: string;
  since: Date;
  outcome: string | null;
  proposed_outcome: string | null;
  proposed_reason: string | null;
  proposed_by: string | null;
}

export interface After {
  readonly since: string;
  readonly id: string;
}

/** Checks of the officer's own forum, the longest waiting first. */
@Injectable()
export class ChecksQuery {
  constructor(private readonly database: Database) {}

  async list(by: Staff, state: string, limit: number, after: After | null): Promise<WorklistItem[]> {
    const rows = await this.rows(
      by,
      `c.state = $2 and ($3::timestamptz is null or (coalesce(c.referred_at, c.opened_at), c.check_id) > ($3, $4::uuid))
       order by coalesce(c.referred_at, c.opened_at), c.check_id limit $5`,
      [state, after?.since ?? null, after?.id ?? null, limit],
    );
    return rows.map((row) => item(row, by));
  }

  async find(by: Staff, id: string): Promise<WorklistItem | null> {
    const [row] = await this.rows(by, 'c.check_id = $2', [id]);
    return row ? item(row, by) : null;
  }

  private rows(by: Staff, where: string, params: readonly unknown[]): Promise<Row[]> {
    return this.database.read(async (tx) => {
      await sql(tx).query("select set_config('muster.forum', $1, true)", [by.forumId]);
      return sql(tx).query<Row>(
        `select c.check_id as id, c.application_id, f.reference, c.activation_id, c.kind, c.state, c.reason_code,
                c.result_code, f.profile -> 'roles' as roles, f.state as case_state, c.outcome,
                c.proposed_outcome, c.proposed_reason, c.proposed_by,
                date_trunc('milliseconds', coalesce(c.referred_at, c.opened_at)) as since
           from checks c join case_file f using (application_id)
          where c.forum_id = $1 and ${where}`,
        [by.forumId, ...params],
      );
    });
  }
}

const item = (row: Row, by: Staff): WorklistItem => ({
  id: row.id,
  applicationId: row.application_id,
  reference: row.reference,
  activationId: row.activation_id,
  kind: row.kind,
  state: row.state,
  reasonCode: row.reason_code,
  resultCode: row.result_code,
  roles: row.roles ?? [],
  conditional: row.case_state === 'cleared-conditional',
  waitingSince: row.since.toISOString(),
  outcome: row.outcome,
  proposed: row.proposed_outcome
    ? { outcome: row.proposed_outcome, reasonCode: row.proposed_reason!, byMe: row.proposed_by === by.memberId }
    : null,
});
