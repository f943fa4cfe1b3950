import { Injectable } from '@nestjs/common';
import type { ActivationKind, ActivationState } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { ActivationFacts } from './activation.decider.js';
import type { Methane } from './activation-form.js';

export interface Activation extends ActivationFacts {
  readonly id: string;
  readonly slug: string;
  readonly kind: ActivationKind;
  readonly planId: string;
  readonly planVersion: number;
  readonly areas: readonly string[];
}

export interface NewActivation {
  readonly id: string;
  readonly forumId: string;
  readonly planId: string;
  readonly planVersion: number;
  readonly slug: string;
  readonly kind: ActivationKind;
  readonly title: string;
  readonly methane: Methane;
  readonly areas: readonly string[];
  readonly state: ActivationState;
  readonly wanted: 'standby' | 'active';
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly openedAt: Date | null;
}

@Injectable()
export class ActivationRepository {
  /** By id or slug, locked until the transaction ends; null when this forum has no such activation. */
  async lock(tx: Transaction, forumId: string, idOrSlug: string): Promise<Activation | null> {
    const [activation] = await sql(tx).query<Activation>(
      `select id, slug, kind, state, wanted, version, areas, plan_id as "planId", plan_version as "planVersion",
              requested_by as "requestedBy", approved_by as "approvedBy"
         from activation where forum_id = $1 and (id::text = $2 or slug = $2) for update`,
      [forumId, idOrSlug],
    );
    return activation ?? null;
  }

  /** False when the slug is taken, by whichever forum. */
  async insert(tx: Transaction, activation: NewActivation): Promise<boolean> {
    const rows = await sql(tx).query(
      `insert into activation (id, forum_id, plan_id, plan_version, slug, kind, title, methane, areas, state, wanted,
                               version, requested_by, requested_at, opened_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::text[], $10, $11, 1, $12, $13, $14)
       on conflict (slug) do nothing returning id`,
      [
        activation.id,
        activation.forumId,
        activation.planId,
        activation.planVersion,
        activation.slug,
        activation.kind,
        activation.title,
        JSON.stringify(activation.methane),
        activation.areas,
        activation.state,
        activation.wanted,
        activation.requestedBy,
        activation.requestedAt,
        activation.openedAt,
      ],
    );
    return rows.length > 0;
  }

  async moved(
    tx: Transaction,
    forumId: string,
    id: string,
    to: { readonly state: ActivationState; readonly version: number; readonly at: Date; readonly opens: boolean },
  ): Promise<void> {
    await sql(tx).run(
      `update activation set state = $3, version = $4,
              opened_at = case when $6 then $5 else opened_at end,
              closed_at = case when $3 = 'closed' then $5 else closed_at end
        where forum_id = $1 and id = $2`,
      [forumId, id, to.state, to.version, to.at, to.opens],
    );
  }

  /** Before `moved`, because nothing goes past standby without two people. */
  async approved(
    tx: Transaction,
    forumId: string,
    id: string,
    by: { readonly memberId: string; readonly version: number; readonly at: Date },
  ): Promise<void> {
    await sql(tx).run(
      `update activation set approved_by = $3, approved_version = $4, approved_at = $5 where forum_id = $1 and id = $2`,
      [forumId, id, by.memberId, by.version, by.at],
    );
  }
}
