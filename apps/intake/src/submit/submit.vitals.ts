import { Vital, type Reading, type Vitals } from '@app/operator';
import { ActivationQuery } from '../landing/activation.query.js';
import { SubmitBatch } from './submit-batch.js';

const STRICTNESS = ['open', 'capped', 'interest-only'];

@Vital()
export class SubmitVitals implements Vitals {
  constructor(
    private readonly batch: SubmitBatch,
    private readonly activations: ActivationQuery,
  ) {}

  async vitals(_now: Date): Promise<readonly Reading[]> {
    const modes = await this.activations.modes();
    const strictest = modes.reduce(
      (so, { mode }) => (STRICTNESS.indexOf(mode) > STRICTNESS.indexOf(so) ? mode : so),
      'open',
    );
    const waiting = this.batch.batch.depth;
    return [
      { code: 'accepted-per-second', value: this.batch.perSecond(), level: 'green' },
      { code: 'intake-waiting', value: waiting, level: waiting > 2_000 ? 'amber' : 'green', runbook: 'intake-slow' },
      {
        code: 'intake-mode',
        value: strictest,
        level: strictest === 'open' ? 'green' : 'amber',
        runbook: 'intake-mode',
        detail: { modes: modes.map(({ slug, mode }) => `${slug}: ${mode}`) },
      },
    ];
  }
}
