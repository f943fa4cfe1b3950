import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { inAllForums } from '../forum-scope.repository.js';

export interface Approvals {
  readonly running: number;
  readonly waiting: number;
  readonly oldestSeconds: number;
}

@Injectable()
export class ApprovalsQuery {
  constructor(private readonly database: Database) {}

  /** Counts over all forums. */
  now(now: Date): Promise<Approvals> {
    return this.database.read(async (tx) => {
      await inAllForums(tx);
      const [row] = await sql(tx).query<Approvals>(
        `select count(*) filter (where state in ('active', 'surge'))::int as running,
                count(*) filter (where state = 'monitoring')::int as waiting,
                coalesce(extract(epoch from $1 - min(requested_at) filter (where state = 'monitoring')), 0)::int as "oldestSeconds"
           from activation`,
        [now],
      );
      return row!;
    });
  }
}
