import { Injectable } from '@nestjs/common';
import type { DataOf, ActivationOpened, Nation } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

type Opened = DataOf<typeof ActivationOpened>;
export type Owner = Opened['owners'][number];

export interface ForumFacts {
  readonly name: string;
  readonly nation: Nation;
  readonly desk: Opened['desk'] | null;
}

@Injectable()
export class CatchmentRepository {
  async forum(tx: Transaction, forumId: string): Promise<ForumFacts> {
    const [row] = await sql(tx).query<{
      name: string;
      nation: Nation;
      desk_id: string | null;
      desk_name: string | null;
    }>(
      `select f.name, f.nation, o.id as desk_id, o.name as desk_name
         from forum f left join organisation o on o.id = f.desk_organisation_id where f.id = $1`,
      [forumId],
    );
    return {
      name: row!.name,
      nation: row!.nation,
      desk: row!.desk_id && row!.desk_name ? { organisationId: row!.desk_id, name: row!.desk_name } : null,
    };
  }

  /** Who owns what of the area, by organisation and district; `areas` are outward codes or districts, none means all. */
  async owners(tx: Transaction, forumId: string, areas: readonly string[]): Promise<Owner[]> {
    return sql(tx).query<Owner>(
      `select c.organisation_id as "organisationId", o.name, c.district,
              array_agg(c.outward_code order by c.outward_code) as "outwardCodes"
         from catchment c join organisation o on o.id = c.organisation_id
        where c.forum_id = $1
          and (cardinality($2::text[]) = 0 or c.outward_code = any($2::text[]) or lower(c.district) = any($3::text[]))
        group by 1, 2, 3 order by 2, 3`,
      [forumId, areas, areas.map((area) => area.toLowerCase())],
    );
  }

  /** Those of the areas that the forum does not know. */
  async unknown(tx: Transaction, forumId: string, areas: readonly string[]): Promise<string[]> {
    const rows = await sql(tx).query<{ area: string }>(
      `select area from unnest($2::text[]) area
        where not exists (select 1 from catchment c where c.forum_id = $1
                             and (c.outward_code = area or lower(c.district) = lower(area)))`,
      [forumId, areas],
    );
    return rows.map((row) => row.area);
  }

  async districtOf(tx: Transaction, forumId: string, outwardCode: string): Promise<string | null> {
    const [row] = await sql(tx).query<{ district: string }>(
      'select district from catchment where forum_id = $1 and outward_code = $2',
      [forumId, outwardCode],
    );
    return row?.district ?? null;
  }
}
