import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

@Injectable()
export class OrganisationRepository {
  /** False when the forum has one of that name. */
  async insert(
    tx: Transaction,
    organisation: { id: string; forumId: string; kind: string; name: string },
  ): Promise<boolean> {
    const rows = await sql(tx).query(
      `insert into organisation (id, forum_id, kind, name) values ($1, $2, $3, $4)
       on conflict (forum_id, name) do nothing returning id`,
      [organisation.id, organisation.forumId, organisation.kind, organisation.name],
    );
    return rows.length > 0;
  }
}
