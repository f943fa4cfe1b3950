import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';

export interface NeedItem {
  readonly needId: string;
  readonly activationId: string;
  readonly roleCode: string;
  readonly title: { readonly en: string; readonly cy: string } | null;
  readonly place: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly places: number;
  readonly filled: number;
  readonly open: number;
  readonly wave: number;
  readonly state: string;
  /** People in line for this role. */
  readonly people: number;
}

@Injectable()
export class NeedsQuery {
  constructor(private readonly database: Database) {}

  /** Needs of the caller's forum that are still to come, the soonest first. */
  async list(by: Staff, now: Date, limit: number): Promise<NeedItem[]> {
    const rows = await this.database.read((tx) =>
      sql(tx).query<Omit<NeedItem, 'startsAt' | 'endsAt'> & { startsAt: Date; endsAt: Date }>(
        `select n.need_id as "needId", n.activation_id as "activationId", n.role_code as "roleCode",
                a.roles -> n.role_code -> 'title' as title, coalesce(n.district, n.organisation_name) as place,
                n.starts_at as "startsAt", n.ends_at as "endsAt", n.places, n.filled, n.open, n.wave, n.state,
                coalesce((select people from line l where l.activation_id = n.activation_id and l.role_code = n.role_code), 0) as people
           from need n left join activation a using (activation_id)
          where n.forum_id = $1 and n.ends_at > $2 order by n.starts_at, n.need_id limit $3`,
        [by.forumId, now, limit],
      ),
    );
    return rows.map((row) => ({ ...row, startsAt: row.startsAt.toISOString(), endsAt: row.endsAt.toISOString() }));
  }
}
