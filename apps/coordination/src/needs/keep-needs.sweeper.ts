import { Clock } from '@app/calendar';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { inAllForums } from '../forum-scope.repository.js';
import { inTime, judge, promise } from './need.decider.js';
import { NeedRepository } from './need.repository.js';

/** A need whose date has come: judged, moved on by the clock, and promised its next word. */
@Sweeps('coordination.keep-needs', { everyMs: 5_000 })
export class KeepNeeds implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly needs: NeedRepository,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      await inAllForums(tx);
      const now = this.clock.now();
      const due = await this.needs.lockDue(tx, now);
      await this.needs.judged(
        tx,
        due.flatMap((need) =>
          need.promiseMadeAt && need.promiseDueAt && need.promiseDueAt <= now
            ? [
                {
                  forumId: need.forumId,
                  needId: need.id,
                  dueAt: need.promiseDueAt,
                  judgedAt: now,
                  outcome: judge(need.promiseMadeAt, latest(need.staffedAt, need.verifiedAt)),
                },
              ]
            : [],
        ),
      );
      await this.needs.renewed(
        tx,
        due.map((need) => {
          const state = inTime(need, now);
          return { id: need.id, state, version: need.version + 1, promise: promise(state, now) };
        }),
      );
      return due.length;
    });
  }
}

const latest = (a: Date | null, b: Date | null): Date | null => (a && b ? (a > b ? a : b) : (a ?? b));
