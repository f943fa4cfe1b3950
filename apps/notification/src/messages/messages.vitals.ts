import { Clock, MINUTE } from '@app/calendar';
import { Transactions } from '@app/messaging';
import { type Level, type Reading, Vital, type Vitals } from '@app/operator';
import { HealthRepository } from './health.repository.js';

const levelOf = (value: number, amber: number, red: number): Level =>
  value >= red ? 'red' : value >= amber ? 'amber' : 'green';

/** Does everybody who is owed a message get it? */
@Vital()
export class MessagesVitals implements Vitals {
  constructor(
    private readonly transactions: Transactions,
    private readonly health: HealthRepository,
    private readonly clock: Clock,
  ) {}

  async vitals(now: Date = this.clock.now()): Promise<Reading[]> {
    const health = await this.transactions.database.read((tx) => this.health.read(tx, now));
    const minutes = health.oldestUrgentSeconds / (MINUTE / 1000);
    return [
      { code: 'messages-waiting', value: health.waiting, level: 'green', detail: { byUrgency: health.byUrgency } },
      {
        code: 'oldest-urgent-message-seconds',
        value: health.oldestUrgentSeconds,
        level: levelOf(minutes, 5, 15),
        runbook: 'messages-are-late',
      },
      {
        code: 'messages-past-promise',
        value: health.pastPromise,
        level: levelOf(health.pastPromise, 1, 50),
        runbook: 'messages-are-late',
      },
      {
        code: 'messages-being-sent-too-long',
        value: health.stuck,
        level: levelOf(health.stuck, 1, 100),
        runbook: 'messages-are-late',
      },
      {
        code: 'people-not-reached',
        value: health.unreached,
        level: levelOf(health.unreached, 1, 1_000),
        runbook: 'people-are-unreachable',
      },
    ];
  }
}
