import { Transactions } from '@app/messaging';
import { type Step, Trace } from '@app/operator';
import { HealthRepository } from './health.repository.js';

@Trace()
export class MessagesTrace implements Trace {
  constructor(
    private readonly transactions: Transactions,
    private readonly health: HealthRepository,
  ) {}

  follow(of: { reference?: string; applicationId?: string }): Promise<readonly Step[]> {
    return this.transactions.database.read((tx) => this.health.story(tx, of));
  }
}
