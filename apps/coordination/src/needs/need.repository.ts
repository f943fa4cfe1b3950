import { Injectable } from '@nestjs/common';
import type { SkillCode } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Outcome, NeedFacts, NeedPromise, NeedState } from './need.decider.js';
import type { VerifyForm } from './need-form.js';

export interface Need extends NeedFacts {
  readonly id: string;
  readonly forumId: string;
  readonly activationId: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly roleCode: string;
  readonly outwardCode: string | null;
  readonly district: string | null;
  readonly skills: readonly SkillCode[];
  readonly remote: boolean;
  readonly version: number;
  readonly raisedBy: string;
  readonly staffingSequence: number;
  readonly staffedAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly promiseMadeAt: Date | null;
  readonly promiseDueAt: Date | null;
}

export interface NewNeed {
  readonly id: string;
  readonly forumId: string;
  readonly activationId: string;
  readonly organisationId: string;
  readonly roleCode: string;
  readonly sealed: string;
  readonly outwardCode: string | null;
  readonly district: string | null;
  readonly places: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly skills: readonly string[];
  readonly remote: boolean;
  readonly raisedBy: string;
  readonly raisedAt: Date;
  readonly promise: NeedPromise;
}

export interface NeedChange {
  readonly id: string;
  readonly state: NeedState;
  readonly version: number;
  readonly promise: NeedPromise | null;
}

const COLUMNS = `n.id, n.forum_id as "forumId", n.activation_id as "activationId", n.organisation_id as "organisationId",
  o.name as "organisationName", n.role_code as "roleCode", n.outward_code as "outwardCode", n.district, n.places,
  n.filled, n.starts_at as "startsAt", n.ends_at as "endsAt", n.skills, n.remote, n.state, n.version,
  n.raised_by as "raisedBy", n.staffing_sequence::float8 as "staffingSequence", n.staffed_at as "staffedAt",
  n.verified_at as "verifiedAt", n.promise_made_at as "promiseMadeAt", n.promise_due_at as "promiseDueAt"`;
const FROM = 'need n join organisation o on o.id = n.organisation_id';

@Injectable()
export class NeedRepository {
  async lock(tx: Transaction, forumId: string, id: string): Promise<Need | null> {
    const [need] = await sql(tx).query<Need>(
      `select ${COLUMNS} from ${FROM} where n.forum_id = $1 and n.id = $2 for update of n`,
      [forumId, id],
    );
    return need ?? null;
  }

  /** Of all forums, for consumers; locked in the order of their ids. */
  lockAll(tx: Transaction, ids: readonly string[]): Promise<Need[]> {
    return sql(tx).query<Need>(
      `select ${COLUMNS} from ${FROM} where n.id = any($1::uuid[]) order by n.id for update of n`,
      [ids],
    );
  }

  /** Whose promise, start or end has come, at most 500. */
  lockDue(tx: Transaction, now: Date): Promise<Need[]> {
    return sql(tx).query<Need>(
      `select ${COLUMNS} from ${FROM}
        where n.promise_due_at is not null
          and (n.promise_due_at <= $1 or n.ends_at <= $1
               or (n.starts_at <= $1 and n.filled > 0 and n.state not in ('in-progress', 'drafted')))
        order by n.id limit 500 for update of n skip locked`,
      [now],
    );
  }

  async insert(tx: Transaction, need: NewNeed): Promise<void> {
    await sql(tx).run(
      `insert into need (id, forum_id, activation_id, organisation_id, role_code, sealed, sealed_version, outward_code,
                         district, places, starts_at, ends_at, skills, remote, state, version, raised_by, raised_at,
                         promise_made_at, promise_due_at)
       values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $12::text[], $13, 'drafted', 1, $14, $15, $16, $17)`,
      [
        need.id,
        need.forumId,
        need.activationId,
        need.organisationId,
        need.roleCode,
        need.sealed,
        need.outwardCode,
        need.district,
        need.places,
        need.startsAt,
        need.endsAt,
        need.skills,
        need.remote,
        need.raisedBy,
        need.raisedAt,
        need.promise.madeAt,
        need.promise.dueAt,
      ],
    );
  }

  async verified(tx: Transaction, change: NeedChange, by: string, at: Date, screen: VerifyForm): Promise<void> {
    await sql(tx).run(
      `update need set verified_by = $2, verified_at = $3, safeguarding = $4, regulated_activity = $5,
              state = $6, version = $7, promise_made_at = $8, promise_due_at = $9
        where id = $1`,
      [
        change.id,
        by,
        at,
        screen.safeguarding,
        screen.regulatedActivity,
        change.state,
        change.version,
        change.promise?.madeAt ?? null,
        change.promise?.dueAt ?? null,
      ],
    );
  }

  async ended(tx: Transaction, change: NeedChange, reason: string): Promise<void> {
    await sql(tx).run(
      `update need set state = $2, version = $3, ended_reason = $4, promise_made_at = null, promise_due_at = null
        where id = $1`,
      [change.id, change.state, change.version, reason],
    );
  }

  async staffed(
    tx: Transaction,
    rows: readonly { id: string; filled: number; state: NeedState; version: number; at: Date; sequence: number }[],
  ): Promise<void> {
    await sql(tx).update(
      'need',
      { id: 'uuid' },
      { filled: 'int4', state: 'text', version: 'int4', staffed_at: 'timestamptz', staffing_sequence: 'int8' },
      rows.map((row) => ({ ...row, staffed_at: row.at, staffing_sequence: row.sequence })),
    );
  }

  async renewed(tx: Transaction, changes: readonly NeedChange[]): Promise<void> {
    await sql(tx).update(
      'need',
      { id: 'uuid' },
      { state: 'text', version: 'int4', promise_made_at: 'timestamptz', promise_due_at: 'timestamptz' },
      changes.map((change) => ({
        id: change.id,
        state: change.state,
        version: change.version,
        promise_made_at: change.promise?.madeAt ?? null,
        promise_due_at: change.promise?.dueAt ?? null,
      })),
    );
  }

  async judged(
    tx: Transaction,
    outcomes: readonly { forumId: string; needId: string; dueAt: Date; judgedAt: Date; outcome: Outcome }[],
  ): Promise<void> {
    await sql(tx).insert(
      'promise_outcome',
      { forum_id: 'uuid', need_id: 'uuid', due_at: 'timestamptz', judged_at: 'timestamptz', outcome: 'text' },
      outcomes.map((one) => ({
        forum_id: one.forumId,
        need_id: one.needId,
        due_at: one.dueAt,
        judged_at: one.judgedAt,
        outcome: one.outcome,
      })),
    );
  }

  /** A need of the same activation, role and place that overlaps in time: perhaps the same one, asked for twice (R19). */
  async alike(tx: Transaction, need: NewNeed): Promise<string | null> {
    const [row] = await sql(tx).query<{ id: string }>(
      `select id from need
        where activation_id = $1 and role_code = $2 and outward_code is not distinct from $3 and id <> $4
          and starts_at < $6 and ends_at > $5 and state not in ('met', 'unmet-closed', 'cancelled')
        order by id limit 1`,
      [need.activationId, need.roleCode, need.outwardCode, need.id, need.startsAt, need.endsAt],
    );
    return row?.id ?? null;
  }

  /** The activation by id or slug, with the version of the plan that its roles come from. */
  async activation(
    tx: Transaction,
    forumId: string,
    idOrSlug: string,
  ): Promise<{ id: string; state: string; planId: string; planVersion: number } | null> {
    const [row] = await sql(tx).query<{ id: string; state: string; planId: string; planVersion: number }>(
      `select id, state, plan_id as "planId", plan_version as "planVersion"
         from activation where forum_id = $1 and (id::text = $2 or slug = $2)`,
      [forumId, idOrSlug],
    );
    return row ?? null;
  }
}
