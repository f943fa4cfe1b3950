import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { inForum } from '../forum-scope.repository.js';

export interface Organisation {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  /** Districts whose applications it owns. */
  readonly districts: readonly string[];
}

@Injectable()
export class OrganisationQuery {
  constructor(private readonly database: Database) {}

  list(by: Staff, limit: number, after: string | null): Promise<Organisation[]> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      return sql(tx).query<Organisation>(
        `select o.id, o.kind, o.name,
                array(select distinct c.district from catchment c where c.organisation_id = o.id order by 1) as districts
           from organisation o where o.forum_id = $1 and ($2::text is null or o.name > $2) order by o.name limit $3`,
        [by.forumId, after, limit + 1],
      );
    });
  }
}
