import { Clock } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { CaseKeeper } from '../clearance/case-keeper.js';
import { CaseRepository } from '../clearance/case.repository.js';
import { withCheck, type Turn } from '../clearance/clearance.decider.js';
import { isWithProvider } from './check.decider.js';
import { OverdueRepository, type Overdue } from './overdue.repository.js';

/** A provider that is away or silent is said once for each time that it was asked; the person waits on it, not on us. */
@Sweeps('vetting.tell-of-delay', { everyMs: 5_000 })
export class TellOfDelay implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly overdue: OverdueRepository,
    private readonly cases: CaseRepository,
    private readonly keeper: CaseKeeper,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const late = await this.overdue.undelayed(tx, now, 500);
      const turns = await this.cases.lock(
        tx,
        late.map(({ applicationId }) => applicationId),
      );
      const moves = [...turns.values()].map((before) => ({
        before,
        turn: late
          .filter(({ applicationId }) => applicationId === before.file.applicationId)
          .reduce((turn, one) => told(turn, one, now), before),
      }));
      await this.keeper.keep(tx, moves, now);
      return late.length;
    });
  }
}

function told(turn: Turn, late: Overdue, now: Date): Turn {
  const check = turn.checks.find((one) => one.checkId === late.checkId);
  // The answer may have come while we waited for the lock.
  if (!check || !isWithProvider(check) || check.delayedAt) return turn;
  const next = withCheck(turn, { ...check, delayedAt: now }, []);
  return { ...next, facts: [...next.facts, { is: 'delayed', kind: check.kind, reason: late.reason }] };
}
