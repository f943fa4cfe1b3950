import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Health {
  readonly waiting: number;
  readonly byUrgency: Readonly<Record<string, number>>;
  readonly oldestUrgentSeconds: number;
  readonly pastPromise: number;
  readonly stuck: number;
  readonly unreached: number;
}

/** Counted no further than a glance needs. */
const GLANCE = 10_000;

@Injectable()
export class HealthRepository {
  async read(tx: Transaction, now: Date): Promise<Health> {
    const [row] = await sql(tx).query<Omit<Health, 'waiting' | 'byUrgency'>>(
      `select
         coalesce(extract(epoch from $1 - (select min(requested_at) from message
           where state = 'created' and (next_try_at is null or next_try_at <= $1) and urgency in ('P1', 'P2', 'P3') and any_hour)), 0)::int as "oldestUrgentSeconds",
         (select count(*) from (select from message where state = 'created' and promise_due_at < $1 limit ${GLANCE}) as late)::int as "pastPromise",
         (select count(*) from (select from message where state = 'sending' and sending_at < $1 - interval '2 minutes' limit ${GLANCE}) as stuck)::int as stuck,
         (select count(*) from (select from message where state in ('failed', 'unknown') and settled_at > $1 - interval '1 day' limit ${GLANCE}) as unreached)::int as unreached`,
      [now],
    );
    const waiting = await sql(tx).query<{ urgency: string; rows: number }>(
      `select urgency, count(*)::int as rows from (select urgency from message where state = 'created' limit ${GLANCE}) as waiting group by urgency`,
    );
    return {
      ...row!,
      waiting: waiting.reduce((sum, { rows }) => sum + rows, 0),
      byUrgency: Object.fromEntries(waiting.map(({ urgency, rows }) => [urgency, rows])),
    };
  }

  /** What was sent to one application, oldest first. */
  async story(
    tx: Transaction,
    of: { reference?: string; applicationId?: string },
  ): Promise<{ at: Date; code: string; ids: object }[]> {
    return sql(tx).query(
      `with its as (
         select * from message
          where application_id = coalesce($1::uuid, (select application_id from recipient where reference = $2 limit 1))
          order by requested_at limit 500)
       select at, code, ids from (
         select requested_at as at, 'message-requested-' || lower(kind) as code, jsonb_build_object('messageId', id, 'transport', transport) as ids from its
         union all
         select sent_at, 'message-sent-' || lower(kind), jsonb_build_object('messageId', id, 'transport', transport, 'template', template) from its where sent_at is not null
         union all
         select settled_at, 'message-' || state || '-' || lower(kind), jsonb_build_object('messageId', id, 'transport', transport, 'reason', reason)
           from its where settled_at is not null and state not in ('sent')) as steps
       order by at`,
      [of.applicationId ?? null, of.reference ?? null],
    );
  }
}
