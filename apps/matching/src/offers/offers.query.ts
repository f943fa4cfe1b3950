import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import type { OfferState } from './offer.js';

export interface OfferItem {
  readonly id: string;
  readonly needId: string;
  readonly applicationId: string;
  readonly activationId: string;
  readonly roleCode: string;
  readonly state: OfferState;
  readonly wave: number;
  readonly madeAt: string;
  readonly respondBy: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

export interface OffersAsked {
  readonly activationId: string | null;
  readonly needId: string | null;
  readonly state: string | null;
  readonly after: { readonly madeAt: string; readonly id: string } | null;
  readonly limit: number;
}

/** Offers of the caller's own forum, the oldest first; who it is stays with intake. */
@Injectable()
export class OffersQuery {
  constructor(private readonly database: Database) {}

  async list(by: Staff, asked: OffersAsked): Promise<OfferItem[]> {
    const rows = await this.database.read(async (tx) => {
      await sql(tx).query("select set_config('muster.forum', $1, true)", [by.forumId]);
      return sql(tx).query<OfferItem & { madeAt: Date; respondBy: Date; startsAt: Date; endsAt: Date }>(
        `select o.offer_id as id, o.need_id as "needId", o.application_id as "applicationId", o.activation_id as "activationId",
                n.role_code as "roleCode", o.state, o.wave, o.made_at as "madeAt", o.respond_by as "respondBy",
                o.starts_at as "startsAt", o.ends_at as "endsAt"
           from offer o join need n using (need_id)
          where o.forum_id = $1 and ($2::uuid is null or o.activation_id = $2) and ($3::uuid is null or o.need_id = $3)
            and ($4::text is null or o.state = $4) and ($5::timestamptz is null or (o.made_at, o.offer_id) > ($5, $6::uuid))
          order by o.made_at, o.offer_id limit $7`,
        [
          by.forumId,
          asked.activationId,
          asked.needId,
          asked.state,
          asked.after?.madeAt ?? null,
          asked.after?.id ?? null,
          asked.limit,
        ],
      );
    });
    return rows.map((row) => ({
      ...row,
      madeAt: row.madeAt.toISOString(),
      respondBy: row.respondBy.toISOString(),
      startsAt: row.startsAt.toISOString(),
      endsAt: row.endsAt.toISOString(),
    }));
  }
}
