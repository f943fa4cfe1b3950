import { Vital, type Reading, type Vitals } from '@app/operator';
import { WorkloadQuery } from './workload.query.js';

/** What an operator watches here: how long people have waited for providers, for officers and for rules. */
@Vital()
export class WaitingVitals implements Vitals {
  constructor(private readonly workload: WorkloadQuery) {}

  async vitals(now: Date): Promise<readonly Reading[]> {
    const load = await this.workload.at(now);
    const hours = load.oldestReferredSeconds / 3600;
    return [
      {
        code: 'checks-delayed',
        value: load.delayed,
        level: load.delayed === 0 ? 'green' : 'amber',
        runbook: 'provider-away',
      },
      {
        code: 'oldest-case-hours',
        value: Math.round(hours * 10) / 10,
        level: hours < 8 ? 'green' : hours < 24 ? 'amber' : 'red',
        runbook: 'worklist-grows',
        detail: { waiting: load.referred },
      },
      {
        code: 'cases-awaiting-policy',
        value: load.awaitingPolicy,
        level: load.awaitingPolicy === 0 ? 'green' : 'amber',
        runbook: 'no-policy',
      },
    ];
  }
}
