import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { inForum } from '../forum-scope.repository.js';
import type { Headings } from './decision-log.repository.js';

export interface LogLine {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  /** What the house noted by itself; null when a person wrote the headings. */
  readonly code: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly headings: Headings | null;
}

export interface LoggedActivation {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly kind: string;
}

@Injectable()
export class LogQuery {
  constructor(private readonly database: Database) {}

  /** Newest first; null when this forum has no such activation. */
  of(
    by: Staff,
    idOrSlug: string,
    limit: number,
    before: string | null,
  ): Promise<{ readonly activation: LoggedActivation; readonly entries: LogLine[] } | null> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      const [activation] = await sql(tx).query<LoggedActivation>(
        'select id, slug, title, kind from activation where forum_id = $1 and (id::text = $2 or slug = $2)',
        [by.forumId, idOrSlug],
      );
      if (!activation) return null;
      const entries = await sql(tx).query<LogLine>(
        `select l.id, l.at, m.display_name as by, l.code, l.facts, l.headings
           from decision_log l join member m on m.id = l.member_id
          where l.activation_id = $1 and ($2::uuid is null or l.id < $2) order by l.id desc limit $3`,
        [activation.id, before, limit + 1],
      );
      return { activation, entries };
    });
  }
}
