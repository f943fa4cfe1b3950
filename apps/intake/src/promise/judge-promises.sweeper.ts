import { Clock, HOUR } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper, type Tx } from '@app/messaging';
import { outcomeDeltas } from '../application/application-books.js';
import { TallyRepository } from '../tally/tally.repository.js';
import { judgeUnsent } from './promise.decider.js';
import { PromiseRepository, type Judged } from './promise.repository.js';

const AT_ONCE = 500;
/** How long notification may be silent before what it did not report counts as not done. */
const PATIENCE = HOUR;

/** What was promised and not kept is said so: counted, shown, never forgotten. */
@Sweeps('intake.judge-promises', { everyMs: 2_000 })
export class JudgePromises implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly promises: PromiseRepository,
    private readonly tally: TallyRepository,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      return (await this.judgeUnsent(tx, now)) + (await this.breakOverdue(tx, now));
    });
  }

  private async judgeUnsent(tx: Tx, now: Date): Promise<number> {
    const readUntil = await this.promises.readUntil(tx);
    const past = await this.promises.past(tx, now, AT_ONCE);
    const judged = past
      .filter(({ dueAt }) => judgeUnsent(dueAt, now, readUntil, PATIENCE) === 'broken')
      .map(({ failedAt, held, ...closing }): Judged => ({
        ...closing,
        outcome: failedAt !== null || held ? 'not-reached' : 'broken',
      }));
    await this.record(tx, judged, now);
    await this.promises.setJudged(tx, judged);
    return judged.length;
  }

  private async breakOverdue(tx: Tx, now: Date): Promise<number> {
    const broken = await this.promises.breakOverdue(tx, now, AT_ONCE);
    await this.record(tx, broken, now);
    return broken.length;
  }

  private async record(tx: Tx, judged: readonly Judged[], now: Date): Promise<void> {
    await this.promises.record(tx, judged, now);
    await this.tally.append(tx, outcomeDeltas(judged));
  }
}
