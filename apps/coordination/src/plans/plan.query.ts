import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { inForum } from '../forum-scope.repository.js';
import type { PlanContent } from './plan-content.js';
import type { PlannedRole } from './planned-role.js';
import type { PlanState } from './plan.decider.js';

export interface PlanLine {
  readonly id: string;
  readonly title: string;
  readonly hazard: string;
  readonly state: PlanState;
  readonly version: number;
  readonly approvedVersion: number | null;
  readonly approvedAt: Date | null;
  readonly exercisedAt: Date | null;
  readonly roles: number;
  /** How many of the four functions have a signature. */
  readonly signatures: number;
}

export interface PlanPage extends Omit<PlanLine, 'roles' | 'signatures'>, PlanContent {
  readonly author: string;
  readonly approver: string | null;
  readonly organisations: Readonly<Record<string, string>>;
  readonly hubs: readonly { readonly name: string; readonly organisation: string }[];
}

const LINE = `p.id, p.title, p.hazard, p.state, p.version, p.approved_version as "approvedVersion",
              p.approved_at as "approvedAt", p.exercised_at as "exercisedAt"`;

@Injectable()
export class PlanQuery {
  constructor(private readonly database: Database) {}

  list(by: Staff, limit: number, after: string | null): Promise<PlanLine[]> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      return sql(tx).query<PlanLine>(
        `select ${LINE}, jsonb_array_length(p.content -> 'roles') as roles,
                (select count(*)::int from jsonb_object_keys(p.content -> 'functions')) as signatures
           from plan p where p.forum_id = $1 and ($2::uuid is null or p.id < $2) order by p.id desc limit $3`,
        [by.forumId, after, limit + 1],
      );
    });
  }

  one(by: Staff, id: string): Promise<PlanPage | null> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      const [plan] = await sql(tx).query<PlanPage & { content: PlanContent }>(
        `select ${LINE}, p.content, author.display_name as author, approver.display_name as approver
           from plan p join member author on author.id = p.author_id
           left join member approver on approver.id = p.approver_id
          where p.forum_id = $1 and p.id = $2`,
        [by.forumId, id],
      );
      if (!plan) return null;
      const named = await sql(tx).query<{ id: string; name: string }>(
        'select id, name from organisation where forum_id = $1',
        [by.forumId],
      );
      const hubs = await sql(tx).query<{ name: string; organisation: string }>(
        `select h.name, o.name as organisation from hub h join organisation o on o.id = h.organisation_id
          where h.forum_id = $1 order by o.name, h.name`,
        [by.forumId],
      );
      const { content, ...line } = plan;
      return { ...line, ...content, organisations: Object.fromEntries(named.map((one) => [one.id, one.name])), hubs };
    });
  }

  roles(by: Staff, limit: number, after: string | null): Promise<(PlannedRole & { readonly id: string })[]> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      const rows = await sql(tx).query<{ id: string; content: PlannedRole }>(
        `select id, content from role_template where forum_id = $1 and ($2::text is null or code > $2)
          order by code limit $3`,
        [by.forumId, after, limit + 1],
      );
      return rows.map((row) => ({ id: row.id, ...row.content }));
    });
  }
}
