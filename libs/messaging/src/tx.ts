import type { Clock } from '@app/calendar';
import type { EventDefinition } from '@app/contracts';
import type { Database, Transaction } from '@app/database';
import { Publication, type Fact } from './journal/publication.js';

/** A transaction that can also say what happened; the journal rows are written last, just before it commits. */
export interface Tx extends Transaction {
  publish<E extends EventDefinition<any>>(event: E, facts: readonly Fact<E>[]): void;
}

/** Opens the transaction of a command or of a sweeper; a consumer is given its own. */
export class Transactions {
  private readonly listeners = new Set<() => void>();
  private isPressed: (() => boolean) | null = null;

  constructor(
    readonly database: Database,
    /** The only context whose events this app may publish. */
    readonly context: string,
    readonly clock: Clock,
  ) {}

  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const publication = new Publication(this.context, this.clock);
    const result = await this.database.transaction(
      (transaction) => work(publishing(transaction, publication)),
      (transaction) => publication.flush(transaction),
    );
    if (publication.flushed > 0) this.poke();
    return result;
  }

  /** Tells the relay of this process that there is something to send; others find it by polling. */
  poke(): void {
    for (const listener of this.listeners) listener();
  }

  /** Whoever waits at the front door of this process goes before what can be done later. */
  giveWayTo(isPressed: () => boolean): void {
    this.isPressed = isPressed;
  }

  get pressed(): boolean {
    return this.isPressed?.() ?? false;
  }

  get hasDoor(): boolean {
    return this.isPressed !== null;
  }

  onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export const publishing = (transaction: Transaction, publication: Publication): Tx =>
  Object.assign(transaction, {
    publish: <E extends EventDefinition<any>>(event: E, facts: readonly Fact<E>[]): void =>
      publication.add(event, facts),
  });
