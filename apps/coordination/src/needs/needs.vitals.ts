import { Vital, type Reading, type Vitals } from '@app/operator';
import { NeedsWaitingQuery } from './needs-waiting.query.js';

/** Needs that wait for somebody to screen them, and those whose promised word is late. */
@Vital()
export class NeedsVitals implements Vitals {
  constructor(private readonly waiting: NeedsWaitingQuery) {}

  async vitals(now: Date): Promise<readonly Reading[]> {
    const { drafted, overdue, broken } = await this.waiting.now(now);
    return [
      { code: 'needs-to-verify', value: drafted, level: 'green' },
      { code: 'need-promises-overdue', value: overdue, level: overdue > 0 ? 'red' : 'green', runbook: 'need-overdue' },
      {
        code: 'need-promises-broken-24h',
        value: broken,
        level: broken > 0 ? 'amber' : 'green',
        runbook: 'need-overdue',
      },
    ];
  }
}
