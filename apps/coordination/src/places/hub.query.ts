import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { inForum } from '../forum-scope.repository.js';

export interface Hub {
  readonly id: string;
  readonly name: string;
  readonly outwardCode: string | null;
  readonly organisation: { readonly id: string; readonly name: string };
}

@Injectable()
export class HubQuery {
  constructor(private readonly database: Database) {}

  list(by: Staff, limit: number, after: string | null): Promise<Hub[]> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      return sql(tx).query<Hub>(
        `select h.id, h.name, h.outward_code as "outwardCode", jsonb_build_object('id', o.id, 'name', o.name) as organisation
           from hub h join organisation o on o.id = h.organisation_id
          where h.forum_id = $1 and ($2::text is null or h.name > $2) order by h.name limit $3`,
        [by.forumId, after, limit + 1],
      );
    });
  }
}
