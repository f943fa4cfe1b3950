import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Staff } from '@app/access';
import type { ActivationState, PublicNames } from '@app/contracts';
import { Database, type Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { inForum } from '../forum-scope.repository.js';
import { boardOf, type Board, type Told } from './board.decider.js';

export interface ActivationView extends Board {
  readonly id: string;
  readonly slug: string;
  readonly kind: 'actual' | 'exercise' | 'test';
  readonly state: ActivationState;
  readonly wanted: 'standby' | 'active';
  readonly version: number;
  readonly title: string;
  readonly publicTitle: z.infer<typeof PublicNames>;
  readonly plan: { readonly id: string; readonly title: string; readonly version: number };
  readonly methane: Readonly<Record<string, string>>;
  readonly areas: readonly string[];
  readonly requestedBy: { readonly memberId: string; readonly name: string };
  readonly requestedAt: Date;
  readonly approvedBy: { readonly memberId: string; readonly name: string } | null;
  readonly approvedAt: Date | null;
  readonly openedAt: Date | null;
}

export interface Gap {
  readonly role: string;
  readonly title: z.infer<typeof PublicNames> | null;
  readonly district: string | null;
  readonly wanted: number;
  readonly filled: number;
  readonly short: number;
  readonly nextStartsAt: Date;
}

type Row = Omit<ActivationView, keyof Board> & {
  readonly told: Told | null;
  readonly needWanted: number;
  readonly needFilled: number;
};

const OPEN_NEEDS = `n.state in ('verified', 'open', 'part-filled', 'filled', 'in-progress', 'at-risk', 'escalated')`;

const SELECT = `select a.id, a.slug, a.kind, a.state, a.wanted, a.version, a.title, v.content -> 'publicTitle' as "publicTitle",
    jsonb_build_object('id', a.plan_id, 'title', v.title, 'version', a.plan_version) as plan, a.methane, a.areas,
    jsonb_build_object('memberId', r.id, 'name', r.display_name) as "requestedBy", a.requested_at as "requestedAt",
    case when p.id is null then null else jsonb_build_object('memberId', p.id, 'name', p.display_name) end as "approvedBy",
    a.approved_at as "approvedAt", a.opened_at as "openedAt",
    (select jsonb_object_agg(t.source, t.numbers) from activation_tally t where t.activation_id = a.id) as told,
    (select coalesce(sum(n.places), 0)::int from need n where n.activation_id = a.id and ${OPEN_NEEDS}) as "needWanted",
    (select coalesce(sum(n.filled), 0)::int from need n where n.activation_id = a.id and ${OPEN_NEEDS}) as "needFilled"
  from activation a
  join plan_version v on v.plan_id = a.plan_id and v.version = a.plan_version
  join member r on r.id = a.requested_by
  left join member p on p.id = a.approved_by`;

@Injectable()
export class ActivationQuery {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  list(by: Staff, limit: number, before: string | null): Promise<ActivationView[]> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      const rows = await sql(tx).query<Row>(
        `${SELECT} where a.forum_id = $1 and ($2::uuid is null or a.id < $2) order by a.id desc limit $3`,
        [by.forumId, before, limit + 1],
      );
      return rows.map(view);
    });
  }

  one(by: Staff, idOrSlug: string): Promise<ActivationView | null> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      return this.find(tx, by, idOrSlug);
    });
  }

  /** What is short, by role and district, the largest gap first; null when there is no such activation. */
  gaps(by: Staff, idOrSlug: string): Promise<{ readonly activation: ActivationView; readonly items: Gap[] } | null> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      const activation = await this.find(tx, by, idOrSlug);
      if (!activation) return null;
      const items = await sql(tx).query<Gap>(
        `select n.role_code as role, r.role -> 'title' as title, n.district, sum(n.places)::int as wanted,
                sum(n.filled)::int as filled, sum(greatest(n.places - n.filled, 0))::int as short,
                min(n.starts_at) as "nextStartsAt"
           from need n
           join activation a on a.id = n.activation_id
           join plan_version v on v.plan_id = a.plan_id and v.version = a.plan_version
           left join lateral (select x as role from jsonb_array_elements(v.content -> 'roles') x
                               where x ->> 'code' = n.role_code limit 1) r on true
          where n.activation_id = $1 and ${OPEN_NEEDS}
          group by 1, 2, 3 order by short desc, 1, 3 limit 500`,
        [activation.id],
      );
      return { activation, items };
    });
  }

  private async find(tx: Transaction, by: Staff, idOrSlug: string): Promise<ActivationView | null> {
    const [row] = await sql(tx).query<Row>(`${SELECT} where a.forum_id = $1 and (a.id::text = $2 or a.slug = $2)`, [
      by.forumId,
      idOrSlug,
    ]);
    return row ? view(row) : null;
  }
}

function view({ told, needWanted, needFilled, ...row }: Row): ActivationView {
  return { ...row, ...boardOf(row.state, told ?? {}, { wanted: needWanted, filled: needFilled }) };
}
