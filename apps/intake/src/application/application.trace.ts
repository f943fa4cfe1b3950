import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { Trace, type Step } from '@app/operator';
import { readReference } from '../submit/reference.js';
import { TimelineRepository } from './timeline.repository.js';

/** Where an application is and why: codes, ids and times only. */
@Trace()
export class ApplicationTrace implements Trace {
  constructor(
    private readonly database: Database,
    private readonly timeline: TimelineRepository,
  ) {}

  async follow(of: { reference?: string; applicationId?: string }): Promise<readonly Step[]> {
    const reference = of.reference === undefined ? null : readReference(of.reference);
    if (reference === null && of.applicationId === undefined) return [];
    return this.database.read(async (tx) => {
      const [row] = await sql(tx).query<{
        id: string;
        activation_id: string;
        forum_id: string;
        reference: string;
        submitted_at: Date;
        state: string;
        pool: string | null;
        promise_rule: string | null;
        promise_due_at: Date | null;
        human_since: Date | null;
        contact_state: string;
        version: number;
      }>(
        `select id, activation_id, forum_id, reference, submitted_at, state, pool, promise_rule, promise_due_at, human_since,
                contact_state, version from application where ${reference === null ? 'id::text = $1' : 'reference = $1'}`,
        [reference ?? of.applicationId],
      );
      if (!row) return [];
      const [first, ...entries] = await this.timeline.of(tx, row.id);
      const ids = { applicationId: row.id, activationId: row.activation_id, forumId: row.forum_id };
      return [
        {
          at: first?.at ?? row.submitted_at,
          code: first?.code ?? 'submitted',
          ids: { ...ids, reference: row.reference },
        },
        ...entries.map(({ at, code, facts }) => ({ at, code, ...(facts && { ids: facts }) })),
        {
          at: row.promise_due_at ?? row.submitted_at,
          code: row.promise_due_at === null ? 'ended' : `promise-${row.promise_rule}`,
          ids: {
            state: row.state,
            pool: row.pool,
            contact: row.contact_state,
            humanSince: row.human_since?.toISOString() ?? null,
            version: row.version,
          },
        },
      ];
    });
  }
}
