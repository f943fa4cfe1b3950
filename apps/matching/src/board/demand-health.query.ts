import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';

export interface DemandHealth {
  readonly placesFree: number;
  readonly offersOverdue: number;
  readonly unsearched: number;
  readonly startingShort: number;
}

@Injectable()
export class DemandHealthQuery {
  constructor(private readonly database: Database) {}

  /** Offers are overdue a minute after the sweeper should have ended them; a need starts short in its last four hours. */
  at(now: Date): Promise<DemandHealth> {
    return this.database.read(async (tx) => {
      const [row] = await sql(tx).query<DemandHealth>(
        `select coalesce(sum(n.places - n.filled) filter (where n.starts_at > $1), 0)::int as "placesFree",
                (select count(*)::int from (select from offer where state = 'sent' and respond_by < $1::timestamptz - interval '1 minute' limit 1000) o)
                  as "offersOverdue",
                count(*) filter (where n.starts_at > $1 and not coalesce(a.roles ? n.role_code, false))::int as unsearched,
                count(*) filter (where n.starts_at between $1 and $1::timestamptz + interval '4 hours')::int as "startingShort"
           from need n left join activation a using (activation_id) where n.state = 'open' and n.filled < n.places`,
        [now],
      );
      return row!;
    });
  }
}
