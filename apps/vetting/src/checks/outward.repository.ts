import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Backlog } from '@app/queue';
import type { DeepCheck } from '../policy/requirement.decider.js';

export interface CheckJob {
  readonly checkId: string;
  readonly attempt: number;
  /** Names the job: the same row comes again under another number. */
  readonly round: number;
}

/** A check as a processor needs it, still sealed. */
export interface Outward extends CheckJob {
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly session: string | null;
  readonly answers: string | null;
  readonly answersVersion: number | null;
  /** Of this application: what an identity provider has proven. */
  readonly identity: string | null;
  readonly identityVersion: number | null;
  readonly nation: string | null;
}

@Injectable()
export class OutwardRepository {
  /** Claims what is due, the longest due first; what was queued twenty seconds ago and never ran was lost with Redis. */
  async claim(tx: Transaction, kind: DeepCheck, now: Date, limit: number): Promise<CheckJob[]> {
    await this.bringForward(tx, kind, now, limit);
    return sql(tx).query<CheckJob>(
      `with due as (
         select check_id from checks
          where kind = $1 and state in ('with-provider', 'provider-error') and next_try_at <= $2
            and (queued_at is null or queued_at < $2::timestamptz - interval '20 seconds' or queued_at > $2)
          order by next_try_at limit $3 for update skip locked
       )
       update checks c set queued_at = $2 from due where c.check_id = due.check_id
       returning c.check_id as "checkId", c.attempt, c.round`,
      [kind, now, limit],
    );
  }

  /** No wait has begun in the future: what a clock that ran ahead has put off is due, now that the clock is right. */
  private async bringForward(tx: Transaction, kind: DeepCheck, now: Date, limit: number): Promise<void> {
    await sql(tx).run(
      `update checks set next_try_at = $2, waits_since = $2
        where check_id in (select check_id from checks
          where kind = $1 and state in ('with-provider', 'provider-error') and waits_since > $2
          order by waits_since limit $3 for update skip locked)`,
      [kind, now, limit],
    );
  }

  async backlog(tx: Transaction, kind: DeepCheck, now: Date): Promise<Backlog> {
    const [row] = await sql(tx).query<Backlog>(
      `select count(*)::int as rows, min(next_try_at) as "oldestAt" from (
         select next_try_at from checks
          where kind = $1 and state in ('with-provider', 'provider-error') and next_try_at <= $2
          order by next_try_at limit 100000) due`,
      [kind, now],
    );
    return row!;
  }

  /** The checks that still wait for exactly this attempt. */
  async take(tx: Transaction, checkIds: readonly string[]): Promise<Outward[]> {
    return sql(tx).query<Outward>(
      `select c.check_id as "checkId", c.attempt, c.round, c.application_id as "applicationId",
              c.activation_id as "activationId", c.forum_id as "forumId", c.session, c.answers,
              c.answers_version as "answersVersion", i.result as identity, i.result_version as "identityVersion", a.nation
         from checks c
         left join checks i on i.application_id = c.application_id and i.kind = 'identity' and i.state = 'determined'
          and i.outcome <> 'not-suitable' and i.result_code = 'verified'
         left join activation a on a.activation_id = c.activation_id
        where c.check_id = any($1::uuid[]) and c.state in ('with-provider', 'provider-error')`,
      [checkIds],
    );
  }
}
