import { Injectable } from '@nestjs/common';
import { after, DAY, MINUTE } from '@app/calendar';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { inAllForums } from '../forum-scope.repository.js';

export interface NeedsWaiting {
  readonly drafted: number;
  readonly overdue: number;
  readonly broken: number;
}

@Injectable()
export class NeedsWaitingQuery {
  constructor(private readonly database: Database) {}

  /** Counts over all forums; a promise counts as overdue a minute late, when the sweeper has had its turns. */
  now(now: Date): Promise<NeedsWaiting> {
    return this.database.read(async (tx) => {
      await inAllForums(tx);
      const [row] = await sql(tx).query<NeedsWaiting>(
        `select (select count(*)::int from need where state = 'drafted') as drafted,
                (select count(*)::int from need where promise_due_at < $1) as overdue,
                (select count(*)::int from promise_outcome where outcome = 'broken' and judged_at > $2) as broken`,
        [after(now, -MINUTE), after(now, -DAY)],
      );
      return row!;
    });
  }
}
