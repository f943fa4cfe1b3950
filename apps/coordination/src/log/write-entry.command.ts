import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { Idempotency, notFound } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { inForum } from '../forum-scope.repository.js';
import type { Given } from '../members/given.js';
import { DecisionLogRepository } from './decision-log.repository.js';

const Words = z.string().trim().max(4000).default('');

export const EntryForm = z.strictObject({
  information: Words,
  risks: Words,
  powers: Words,
  options: Words,
  decision: z.string().trim().min(3).max(4000),
  review: Words,
});
export type EntryForm = z.infer<typeof EntryForm>;

export interface EntryMade {
  readonly id: string;
  readonly at: string;
  readonly headings: EntryForm;
}

export class WriteEntry extends Command<Given<EntryMade>> {
  constructor(
    readonly by: Staff,
    readonly key: string,
    /** Id or slug. */
    readonly activation: string,
    readonly form: EntryForm,
  ) {
    super();
  }
}

@CommandHandler(WriteEntry)
export class WriteEntryHandler implements ICommandHandler<WriteEntry> {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly log: DecisionLogRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, key, activation, form }: WriteEntry): Promise<Given<EntryMade>> {
    const route = `POST /v1/activations/${activation}/log`;
    return this.idempotency.once({ caller: by.memberId, route, key, body: form }, async (tx) => {
      await inForum(tx, by.forumId);
      const activationId = await this.log.activation(tx, by.forumId, activation);
      if (!activationId) throw notFound();
      const entry = { id: uuidv7(), forumId: by.forumId, activationId, memberId: by.memberId, at: this.clock.now() };
      await this.log.write(tx, entry, form);
      return { status: 201, body: { id: entry.id, at: entry.at.toISOString(), headings: form } };
    });
  }
}
