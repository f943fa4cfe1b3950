import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { inForum } from '../forum-scope.repository.js';

export interface RequestPage {
  readonly id: string;
  readonly slug: string;
  readonly kind: string;
  readonly state: string;
  readonly wanted: string;
  readonly version: number;
  readonly title: string;
  readonly publicTitle: { readonly en: string; readonly cy: string };
  readonly planId: string;
  readonly planTitle: string;
  readonly methane: Readonly<Record<string, string>>;
  readonly areas: readonly string[];
  readonly roles: readonly { readonly title: { readonly en: string; readonly cy: string }; readonly tier: string }[];
  readonly requestedById: string;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly approvedBy: string | null;
}

@Injectable()
export class RequestQuery {
  constructor(private readonly database: Database) {}

  /** What an approver reads before saying yes. */
  one(by: Staff, idOrSlug: string): Promise<RequestPage | null> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      const [found] = await sql(tx).query<RequestPage>(
        `select a.id, a.slug, a.kind, a.state, a.wanted, a.version, a.title, a.methane, a.areas, a.plan_id as "planId",
                v.title as "planTitle", v.content -> 'publicTitle' as "publicTitle", v.content -> 'roles' as roles,
                a.requested_by as "requestedById", r.display_name as "requestedBy", a.requested_at as "requestedAt",
                p.display_name as "approvedBy"
           from activation a
           join plan_version v on v.plan_id = a.plan_id and v.version = a.plan_version
           join member r on r.id = a.requested_by
           left join member p on p.id = a.approved_by
          where a.forum_id = $1 and (a.id::text = $2 or a.slug = $2)`,
        [by.forumId, idOrSlug],
      );
      return found ?? null;
    });
  }

  districts(by: Staff): Promise<string[]> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      const rows = await sql(tx).query<{ district: string }>(
        'select distinct district from catchment where forum_id = $1 order by 1',
        [by.forumId],
      );
      return rows.map((row) => row.district);
    });
  }
}
