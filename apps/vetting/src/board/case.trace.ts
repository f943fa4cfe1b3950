import { Trace, type Step } from '@app/operator';
import { CaseTraceQuery } from './case-trace.query.js';

@Trace()
export class CaseTrace implements Trace {
  constructor(private readonly cases: CaseTraceQuery) {}

  follow(of: { reference?: string; applicationId?: string }): Promise<readonly Step[]> {
    return this.cases.steps(of.reference ?? null, of.applicationId ?? null);
  }
}
