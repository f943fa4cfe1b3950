import { Trace, type Step } from '@app/operator';
import { MemberTraceQuery } from './member-trace.query.js';

/** References are intake's; here a person is found by the id of the application. */
@Trace()
export class MemberTrace implements Trace {
  constructor(private readonly members: MemberTraceQuery) {}

  follow(of: { reference?: string; applicationId?: string }): Promise<readonly Step[]> {
    return of.applicationId ? this.members.steps(of.applicationId) : Promise.resolve([]);
  }
}
