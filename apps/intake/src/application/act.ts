import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import { Problem } from '@app/http';
import { Transactions, type Tx } from '@app/messaging';
import { ApplicationBooks } from './application-books.js';
import type { Application } from './application.js';
import { ApplicationRepository } from './application.repository.js';
import type { Acted, Refusal } from './person.decider.js';
import { settle } from './settle.decider.js';

const REFUSALS: Readonly<Record<Refusal, number>> = {
  'already-ended': 409,
  'not-paused': 409,
  'reopen-too-late': 409,
  'no-such-task': 404,
  'task-not-open': 409,
};

export interface Act {
  readonly decide: (application: Application, now: Date) => Acted;
  /** Facts published beside messages, with the version each gets. */
  readonly facts?: number;
  readonly also?: (tx: Tx, application: Application, now: Date) => Promise<void> | void;
}

/** One act of a person on their own application: lock, decide, enter, tell, in one transaction. */
@Injectable()
export class Acting {
  constructor(
    private readonly transactions: Transactions,
    private readonly applications: ApplicationRepository,
    private readonly books: ApplicationBooks,
    private readonly clock: Clock,
  ) {}

  run(applicationId: string, act: Act): Promise<Application> {
    return this.transactions.run((tx) => this.within(tx, applicationId, act));
  }

  async within(tx: Tx, applicationId: string, act: Act): Promise<Application> {
    const now = this.clock.now();
    const before = (await this.applications.lock(tx, [applicationId])).get(applicationId);
    if (!before) throw new Problem({ type: 'gone', status: 410 });
    const acted = act.decide(before, now);
    if (acted.is === 'refused') throw new Problem({ type: acted.code, status: REFUSALS[acted.code] });
    const settled = settle(before, [() => acted.step], act.facts ?? 0);
    await this.books.enter(tx, [settled]);
    await act.also?.(tx, before, now);
    return settled.after;
  }
}
