import { Vital, type Reading, type Vitals } from '@app/operator';
import { Circuits } from '@app/queue';
import { WorkloadQuery } from './workload.query.js';

/** What an operator watches here: the providers and how long people have waited for them and for officers. */
@Vital()
export class ProviderVitals implements Vitals {
  constructor(
    private readonly circuits: Circuits,
    private readonly workload: WorkloadQuery,
  ) {}

  async vitals(now: Date): Promise<readonly Reading[]> {
    const load = await this.workload.at(now);
    const circuits = this.circuits.all().map((circuit): Reading => ({
      code: `circuit-${circuit.name}`,
      value: circuit.state,
      level: circuit.state === 'closed' ? 'green' : circuit.state === 'half-open' ? 'amber' : 'red',
      runbook: 'provider-away',
      detail: { forced: circuit.isForced },
    }));
    const hours = load.oldestReferredSeconds / 3600;
    return [
      ...circuits,
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
