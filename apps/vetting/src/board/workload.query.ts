import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';

export interface Workload {
  readonly referred: number;
  readonly oldestReferredSeconds: number;
  readonly delayed: number;
  readonly awaitingPolicy: number;
}

@Injectable()
export class WorkloadQuery {
  constructor(private readonly database: Database) {}

  /** Each count stops at ten thousand: a glance needs no more. */
  at(now: Date): Promise<Workload> {
    return this.database.read(async (tx) => {
      const [row] = await sql(tx).query<Workload>(
        `select (select count(*)::int from (select from checks where state = 'result-in' limit 10000) r) as referred,
                coalesce(extract(epoch from $1 - (select min(referred_at) from checks where state = 'result-in')), 0)::float8
                  as "oldestReferredSeconds",
                (select count(*)::int from (select from checks where state in ('with-provider', 'provider-error')
                   and delayed_at is not null limit 10000) d) as delayed,
                (select count(*)::int from (select from case_file where state = 'awaiting-policy' limit 10000) w) as "awaitingPolicy"`,
        [now],
      );
      return row!;
    });
  }
}
