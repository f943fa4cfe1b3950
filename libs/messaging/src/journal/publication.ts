import type { Clock } from '@app/calendar';
import type { DataOf, EventDefinition } from '@app/contracts';
import { DomainError, type Transaction } from '@app/database';
import { currentTrace } from '@app/telemetry';
import type { Received } from '../delivery/received.js';
import { uuidv7 } from '../uuid.js';
import { insertJournal, type JournalRow } from './journal.repository.js';

export interface Fact<E> {
  readonly data: DataOf<E>;
  /** Version of the aggregate after what happened. */
  readonly sequence: number;
  /** The event that led to this one. */
  readonly causedBy?: Received;
  /** Default: now. */
  readonly at?: Date;
  /** A uuid v7; minted when absent. */
  readonly id?: string;
}

/** A fact that its own contract refuses; the message names fields, never values. */
export class InvalidFact extends DomainError {
  constructor(type: string, fields: readonly string[]) {
    super('invalid-fact', `${type}: ${fields.join(', ')}`);
    this.name = 'InvalidFact';
  }
}

/** What one transaction has to say, kept until its end so that the journal is locked as briefly as can be. */
export class Publication {
  private rows: JournalRow[] = [];
  flushed = 0;

  constructor(
    private readonly context: string,
    private readonly clock: Clock,
  ) {}

  get length(): number {
    return this.rows.length;
  }

  add<E extends EventDefinition<any>>(event: E, facts: readonly Fact<E>[]): void {
    if (event.context !== this.context)
      throw new DomainError('foreign-context', `${this.context} cannot publish ${event.type}`);
    const traceparent = currentTrace()?.traceparent ?? null;
    for (const fact of facts) {
      const parsed = event.data.safeParse(fact.data);
      if (!parsed.success)
        throw new InvalidFact(
          event.type,
          parsed.error.issues.map(
            (issue: { path: PropertyKey[]; code?: string }) => `${issue.path.join('.')} ${issue.code}`,
          ),
        );
      const data = parsed.data as { forumId?: string };
      if (!data.forumId) throw new InvalidFact(event.type, ['forumId is missing']);
      const id = fact.id ?? uuidv7();
      this.rows.push({
        id,
        type: event.type,
        topic: event.topic,
        key: event.key(parsed.data),
        data: JSON.stringify(data),
        sequence: fact.sequence,
        at: fact.at ?? this.clock.now(),
        correlation_id: fact.causedBy?.correlationId ?? id,
        causation_id: fact.causedBy?.id ?? null,
        traceparent: fact.causedBy?.traceparent ?? traceparent,
        forum_id: data.forumId,
      });
    }
  }

  /** Forgets what was said after a savepoint that was rolled back. */
  cutTo(length: number): void {
    this.rows.length = length;
  }

  async flush(tx: Transaction): Promise<void> {
    if (this.rows.length === 0) return;
    await insertJournal(tx, this.rows);
    this.flushed += this.rows.length;
    this.rows = [];
  }
}
