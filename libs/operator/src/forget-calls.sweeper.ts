import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { AuditRepository } from './audit.repository.js';

@Sweeps('operator.forget-calls', { everyMs: 60_000 })
export class ForgetCalls implements Sweeper {
  private readonly audit = new AuditRepository();

  constructor(private readonly transactions: Transactions) {}

  sweep(): Promise<number> {
    return this.transactions.run((tx) => this.audit.forgetCalls(tx));
  }
}
