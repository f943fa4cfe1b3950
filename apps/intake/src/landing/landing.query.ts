import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import type { Language } from '@app/language';
import type { Activation } from './activation.js';

export interface NeededNow {
  readonly role: string;
  readonly roleCode: string;
  readonly place: string | null;
  readonly organisation: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly remote: boolean;
  readonly wanted: number;
  readonly filled: number;
}

/** What the public page tells: needs that are open, in the plan's own words for their roles (S16). */
@Injectable()
export class LandingQuery {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async needs(activation: Activation, language: Language): Promise<NeededNow[]> {
    const rows = await this.database.read((tx) =>
      sql(tx).query<{
        role_code: string;
        district: string | null;
        organisation_name: string;
        starts_at: Date;
        ends_at: Date;
        remote: boolean;
        places: number;
        filled: number;
      }>(
        `select role_code, district, organisation_name, starts_at, ends_at, remote, places, least(filled, places) as filled
           from need where activation_id = $1 and role_code is not null and cancelled_at is null and ends_at > $2
          order by starts_at, id limit 100`,
        [activation.id, this.clock.now()],
      ),
    );
    return rows.map((row) => ({
      role: activation.roles.find((role) => role.code === row.role_code)?.title[language] ?? row.role_code,
      roleCode: row.role_code,
      place: row.district,
      organisation: row.organisation_name,
      startsAt: row.starts_at.toISOString(),
      endsAt: row.ends_at.toISOString(),
      remote: row.remote,
      wanted: row.places,
      filled: row.filled,
    }));
  }
}
