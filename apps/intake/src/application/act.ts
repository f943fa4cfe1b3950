import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import { Problem } from '@app/http';
import { Transactions, type Tx } from '@app/messaging';
import { ApplicationBooks } from './application-books.js';
import type { Application } from './application.js';
import { ApplicationRepository } from './application.repository.js';
import type { Acted, Refusal } from './person.decider.js';
import { settle, type Settled } from './settle.decider.js';

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

/** What an act changed, or why it is refused. */
export type Entered = Pick<Settled, 'before' | 'after'> | Problem;

/** Acts of people on their own applications: lock, decide, enter, tell, in one transaction. */
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
    const entered = (await this.together(tx, new Map([[applicationId, act]]), now)).get(applicationId)!;
    if (entered instanceof Problem) throw entered;
    await act.also?.(tx, entered.before, now);
    return entered.after;
  }

  /** One act each of many applications, by their ids: whoever is refused holds up nobody. */
  async together(
    tx: Tx,
    acts: ReadonlyMap<string, Pick<Act, 'decide' | 'facts'>>,
    now: Date,
  ): Promise<Map<string, Entered>> {
    const found = await this.applications.lock(tx, [...acts.keys()]);
    const entered = new Map([...acts].map(([id, act]) => [id, enteredBy(found.get(id), act, now)]));
    await this.books.enter(
      tx,
      [...entered.values()].filter((one): one is Settled => !(one instanceof Problem)),
    );
    return entered;
  }
}

const enteredBy = (
  before: Application | undefined,
  act: Pick<Act, 'decide' | 'facts'>,
  now: Date,
): Settled | Problem => {
  if (!before) return new Problem({ type: 'gone', status: 410 });
  const acted = act.decide(before, now);
  if (acted.is === 'refused') return new Problem({ type: acted.code, status: REFUSALS[acted.code] });
  return settle(before, [() => acted.step], act.facts ?? 0);
};
