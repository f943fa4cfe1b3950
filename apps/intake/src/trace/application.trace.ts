import { Trace, type Step } from '@app/operator';
import { readReference } from '../submit/reference.js';
import { StandingQuery, type Standing } from './standing.query.js';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Where an application is and why: codes, ids and times only. */
@Trace()
export class ApplicationTrace implements Trace {
  constructor(private readonly standing: StandingQuery) {}

  async follow(of: { reference?: string; applicationId?: string; forumId: string }): Promise<readonly Step[]> {
    const found = await this.find(of);
    if (found === null || found.forumId !== of.forumId) return [];
    const { id: applicationId, activationId, forumId, reference, timeline } = found;
    const [first, ...entries] = timeline;
    return [
      {
        at: first?.at ?? found.submittedAt,
        code: first?.code ?? 'submitted',
        ids: { applicationId, activationId, forumId, reference },
      },
      ...entries.map(({ at, code, facts }) => ({ at, code, ...(facts && { ids: facts }) })),
      {
        at: found.promiseDueAt ?? found.submittedAt,
        code: found.promiseDueAt === null ? 'ended' : `promise-${found.promiseRule}`,
        ids: {
          state: found.state,
          pool: found.pool,
          contact: found.contact,
          humanSince: found.humanSince?.toISOString() ?? null,
          version: found.version,
        },
      },
    ];
  }

  private async find(of: { reference?: string; applicationId?: string }): Promise<Standing | null> {
    const reference = of.reference === undefined ? null : readReference(of.reference);
    if (reference !== null) return this.standing.of({ reference });
    return of.applicationId !== undefined && ID.test(of.applicationId)
      ? this.standing.of({ id: of.applicationId })
      : null;
  }
}
