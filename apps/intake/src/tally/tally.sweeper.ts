import { Clock } from '@app/calendar';
import { ApplicationState, IntakeTallied, type IntakeMode } from '@app/contracts';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { TallyRepository } from './tally.repository.js';

const AT_ONCE = 5_000;
/** Counting what is due walks an index, so it is done less often than adding. */
const COUNT_DUE_EVERY = 5_000;

/** Adds the deltas up and tells the numbers, at most once a second and only when they differ from what was told. */
@Sweeps('intake.tally', { everyMs: 1_000 })
export class TallySweeper implements Sweeper {
  private due: { at: number; of: Map<string, { dueWithin24h: number; overdue: number }> } | null = null;

  constructor(
    private readonly transactions: Transactions,
    private readonly tally: TallyRepository,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      if (!(await this.tally.lead(tx))) return 0;
      const folded = await this.tally.fold(tx, AT_ONCE);
      // More are waiting: told once, when all are in.
      if (folded === AT_ONCE) return folded;
      const now = this.clock.now();
      if (this.due === null || Math.abs(now.getTime() - this.due.at) >= COUNT_DUE_EVERY) {
        this.due = { at: now.getTime(), of: await this.tally.due(tx, now) };
      }
      const counters = await this.tally.counters(tx);
      const told = await this.tally.published(tx);
      const news = [];
      for (const [activationId, { forumId, mode, counters: of }] of counters) {
        const due = this.due.of.get(activationId) ?? { dueWithin24h: 0, overdue: 0 };
        const numbers = numbersOf(mode as IntakeMode, of, due);
        const said = JSON.stringify(numbers);
        const before = told.get(activationId);
        if (before?.said !== said)
          news.push({ activationId, forumId, numbers, said, version: (before?.version ?? 0) + 1 });
      }
      tx.publish(
        IntakeTallied,
        news.map(({ activationId, forumId, numbers, version }) => ({
          sequence: version,
          at: now,
          data: { activationId, forumId, at: now.toISOString(), ...numbers },
        })),
      );
      await this.tally.setPublished(
        tx,
        news.map(({ activationId, version, said }) => ({ activation_id: activationId, version, said, at: now })),
      );
      return 0;
    });
  }
}

const numbersOf = (
  mode: IntakeMode,
  of: ReadonlyMap<string, number>,
  due: { dueWithin24h: number; overdue: number },
) => {
  const count = (counter: string): number => Math.max(0, of.get(counter) ?? 0);
  return {
    mode,
    applied: count('applied'),
    duplicates: count('duplicates'),
    byState: Object.fromEntries(ApplicationState.options.map((state) => [state, count(`state.${state}`)])) as Record<
      ApplicationState,
      number
    >,
    promises: {
      open: count('promises.open'),
      ...due,
      keptWithNews: count('promises.kept-with-news'),
      keptNoNews: count('promises.kept-no-news'),
      notReached: count('promises.not-reached'),
      broken: count('promises.broken'),
    },
  };
};
