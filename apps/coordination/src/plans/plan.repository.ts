import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { PlanContent } from './plan-content.js';
import type { PlanState } from './plan.decider.js';

export interface Plan {
  readonly id: string;
  readonly title: string;
  readonly hazard: string;
  readonly state: PlanState;
  readonly version: number;
  readonly content: PlanContent;
  readonly approvedVersion: number | null;
  /** Everybody who wrote a version that no approval has covered yet. */
  readonly writers: readonly string[];
}

/** A version of a plan that two people stand behind: what an activation is made from. */
export interface PlanInForce {
  readonly id: string;
  readonly version: number;
  readonly content: PlanContent;
}

export interface PlanText {
  readonly title: string;
  readonly hazard: string;
  readonly content: PlanContent;
}

const WRITERS = `array(select distinct v.written_by::text from plan_version v
                        where v.plan_id = p.id and v.version > coalesce(p.approved_version, 0))`;

@Injectable()
export class PlanRepository {
  /** Locked until the transaction ends; null when this forum has no such plan. */
  async lock(tx: Transaction, forumId: string, id: string): Promise<Plan | null> {
    const [plan] = await sql(tx).query<Plan>(
      `select p.id, p.title, p.hazard, p.state, p.version, p.content, p.approved_version as "approvedVersion",
              ${WRITERS} as writers
         from plan p where p.forum_id = $1 and p.id = $2 for update`,
      [forumId, id],
    );
    return plan ?? null;
  }

  /** What was last approved; a newer draft beside it does not count. */
  async inForce(tx: Transaction, forumId: string, id: string): Promise<PlanInForce | null> {
    const [plan] = await sql(tx).query<PlanInForce>(
      `select p.id, v.version, v.content from plan p
         join plan_version v on v.plan_id = p.id and v.version = p.approved_version
        where p.forum_id = $1 and p.id = $2 and p.state <> 'superseded'`,
      [forumId, id],
    );
    return plan ?? null;
  }

  /** What a version said; versions are never rewritten. */
  async ofVersion(tx: Transaction, forumId: string, id: string, version: number): Promise<PlanContent> {
    const [row] = await sql(tx).query<{ content: PlanContent }>(
      'select content from plan_version where forum_id = $1 and plan_id = $2 and version = $3',
      [forumId, id, version],
    );
    return row!.content;
  }

  async insert(
    tx: Transaction,
    by: { forumId: string; memberId: string; at: Date },
    id: string,
    text: PlanText,
  ): Promise<void> {
    await sql(tx).run(
      `insert into plan (id, forum_id, title, hazard, state, version, content, author_id, created_at)
       values ($1, $2, $3, $4, 'draft', 1, $5::jsonb, $6, $7)`,
      [id, by.forumId, text.title, text.hazard, JSON.stringify(text.content), by.memberId, by.at],
    );
    await this.keepVersion(tx, by, id, 1, text);
  }

  async revise(
    tx: Transaction,
    by: { forumId: string; memberId: string; at: Date },
    id: string,
    version: number,
    text: PlanText,
  ): Promise<void> {
    await sql(tx).run(
      `update plan set title = $3, hazard = $4, content = $5::jsonb, version = $6, state = 'draft', author_id = $7,
              submitted_at = null, approver_id = null
        where forum_id = $1 and id = $2`,
      [by.forumId, id, text.title, text.hazard, JSON.stringify(text.content), version, by.memberId],
    );
    await this.keepVersion(tx, by, id, version, text);
  }

  async submitted(tx: Transaction, forumId: string, id: string, at: Date): Promise<void> {
    await sql(tx).run(
      `update plan set state = 'in-review', submitted_at = $3 where forum_id = $1 and id = $2 and state = 'draft'`,
      [forumId, id, at],
    );
  }

  async approved(
    tx: Transaction,
    by: { forumId: string; memberId: string; at: Date },
    id: string,
    version: number,
  ): Promise<void> {
    await sql(tx).run(
      `update plan set state = 'approved', approver_id = $3, approved_version = $4, approved_at = $5
        where forum_id = $1 and id = $2`,
      [by.forumId, id, by.memberId, version, by.at],
    );
  }

  async organisationsExist(tx: Transaction, forumId: string, ids: readonly string[]): Promise<string[]> {
    const rows = await sql(tx).query<{ id: string }>(
      'select id from organisation where forum_id = $1 and id = any($2::uuid[])',
      [forumId, ids],
    );
    return rows.map((row) => row.id);
  }

  private async keepVersion(
    tx: Transaction,
    by: { forumId: string; memberId: string; at: Date },
    id: string,
    version: number,
    text: PlanText,
  ): Promise<void> {
    await sql(tx).run(
      `insert into plan_version (forum_id, plan_id, version, title, content, written_by, written_at)
       values ($1, $2, $3, $4, $5::jsonb, $6, $7)`,
      [by.forumId, id, version, text.title, JSON.stringify(text.content), by.memberId, by.at],
    );
  }
}
