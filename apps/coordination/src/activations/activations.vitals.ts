import { Vital, type Reading, type Vitals } from '@app/operator';
import { ApprovalsQuery } from './approvals.query.js';

/** Requests that wait for a second person, and for how long the oldest has. */
@Vital()
export class ActivationsVitals implements Vitals {
  constructor(private readonly approvals: ApprovalsQuery) {}

  async vitals(now: Date): Promise<readonly Reading[]> {
    const { waiting, oldestSeconds, running } = await this.approvals.now(now);
    return [
      { code: 'activations-running', value: running, level: 'green' },
      {
        code: 'activations-to-approve',
        value: waiting,
        level: oldestSeconds > 900 ? 'amber' : 'green',
        runbook: 'activation-waits-for-approval',
        detail: { oldestSeconds },
      },
    ];
  }
}
