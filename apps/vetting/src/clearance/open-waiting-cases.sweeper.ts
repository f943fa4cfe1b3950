import { Clock } from '@app/calendar';
import { Sweeps, Transactions, uuidv7, type Sweeper } from '@app/messaging';
import { PolicyRepository } from '../policy/policy.repository.js';
import { CaseKeeper } from './case-keeper.js';
import { CaseRepository } from './case.repository.js';
import { advanced } from './clearance.decider.js';

/** No order holds between topics: applications may come before the activation's rules, and then wait for them here. */
@Sweeps('vetting.open-waiting-cases', { everyMs: 1_000 })
export class OpenWaitingCases implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly cases: CaseRepository,
    private readonly policies: PolicyRepository,
    private readonly keeper: CaseKeeper,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const waiting = await this.cases.lock(tx, await this.cases.awaitingPolicy(tx, 500));
      if (waiting.size === 0) return 0;
      const policies = await this.policies.current(
        tx,
        [...waiting.values()].map(({ file }) => file.activationId),
      );
      const moves = [...waiting.values()].map((before) => ({
        before,
        turn: advanced(before, policies.get(before.file.activationId)?.policy ?? null, uuidv7, now),
      }));
      await this.keeper.keep(tx, moves, now);
      return moves.length;
    });
  }
}
