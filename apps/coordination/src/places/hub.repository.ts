import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface NewHub {
  readonly id: string;
  readonly forumId: string;
  readonly organisationId: string;
  readonly name: string;
  readonly outwardCode: string | null;
}

@Injectable()
export class HubRepository {
  async organisationExists(tx: Transaction, forumId: string, id: string): Promise<boolean> {
    const rows = await sql(tx).query('select 1 from organisation where forum_id = $1 and id = $2', [forumId, id]);
    return rows.length > 0;
  }

  /** False when the forum has one of that name. */
  async insert(tx: Transaction, hub: NewHub): Promise<boolean> {
    const rows = await sql(tx).query(
      `insert into hub (id, forum_id, organisation_id, name, outward_code) values ($1, $2, $3, $4, $5)
       on conflict (forum_id, name) do nothing returning id`,
      [hub.id, hub.forumId, hub.organisationId, hub.name, hub.outwardCode],
    );
    return rows.length > 0;
  }
}
