import { Database } from '@app/database';
import { Vital, type Reading, type Vitals } from '@app/operator';
import { PromiseRepository } from './promise.repository.js';

/** Promises open, near and past their day, and those that only a human can keep (M19). */
@Vital()
export class PromiseVitals implements Vitals {
  constructor(
    private readonly database: Database,
    private readonly promises: PromiseRepository,
  ) {}

  async vitals(now: Date): Promise<readonly Reading[]> {
    const { open, dueWithin24h, overdue, human } = await this.database.read((tx) => this.promises.health(tx, now));
    return [
      { code: 'promises-open', value: open, level: 'green' },
      { code: 'promises-due-within-24h', value: dueWithin24h, level: 'green' },
      { code: 'promises-overdue', value: overdue, level: overdue > 0 ? 'red' : 'green', runbook: 'promise-overdue' },
      {
        code: 'promises-awaiting-human',
        value: human,
        level: human > 0 ? 'amber' : 'green',
        runbook: 'promise-awaiting-human',
      },
    ];
  }
}
