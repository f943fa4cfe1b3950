import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import type { TimelineEntry } from '../application/application.js';
import { TimelineRepository } from '../application/timeline.repository.js';

export interface Standing {
  readonly id: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly reference: string;
  readonly submittedAt: Date;
  readonly state: string;
  readonly pool: string | null;
  readonly promiseRule: string | null;
  readonly promiseDueAt: Date | null;
  readonly humanSince: Date | null;
  readonly contact: string;
  readonly version: number;
  readonly timeline: readonly TimelineEntry[];
}

/** Where one application stands, in codes. */
@Injectable()
export class StandingQuery {
  constructor(
    private readonly database: Database,
    private readonly timeline: TimelineRepository,
  ) {}

  async of(by: { reference: string } | { id: string }): Promise<Standing | null> {
    return this.database.read(async (tx) => {
      const [where, value] = 'reference' in by ? ['reference = $1', by.reference] : ['id = $1::uuid', by.id];
      const [row] = await sql(tx).query<Omit<Standing, 'timeline'>>(
        `select id, activation_id as "activationId", forum_id as "forumId", reference, submitted_at as "submittedAt", state,
                pool, promise_rule as "promiseRule", promise_due_at as "promiseDueAt", human_since as "humanSince",
                contact_state as contact, version from application where ${where}`,
        [value],
      );
      return row ? { ...row, timeline: await this.timeline.of(tx, row.id) } : null;
    });
  }
}
