import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import type { Step } from '@app/operator';

@Injectable()
export class MemberTraceQuery {
  constructor(private readonly database: Database) {}

  steps(applicationId: string): Promise<Step[]> {
    return this.database.read((tx) =>
      sql(tx).query<Step>(
        `select changed_at as at, 'pool-' || coalesce(pool, 'none') as code,
                jsonb_build_object('paused', paused, 'ended', ended, 'offersMade', offers_made, 'openOffers', open_offers) as ids
           from member where application_id = $1
         union all
         select coalesce(answered_at, made_at), 'offer-' || state, jsonb_build_object('offerId', offer_id, 'needId', need_id, 'wave', wave)
           from offer where application_id = $1
         order by at`,
        [applicationId],
      ),
    );
  }
}
