import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { OutwardCode, PublicName } from '@app/contracts';
import { Idempotency, unprocessable } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import type { Given } from '../members/given.js';
import { HubRepository } from './hub.repository.js';

export const HubForm = z.strictObject({
  organisationId: z.uuid(),
  name: PublicName,
  outwardCode: OutwardCode.nullable().default(null),
});
export type HubForm = z.infer<typeof HubForm>;

export type HubMade = HubForm & { readonly id: string };

export class AddHub extends Command<Given<HubMade>> {
  constructor(
    readonly by: Staff,
    readonly key: string,
    readonly form: HubForm,
  ) {
    super();
  }
}

@CommandHandler(AddHub)
export class AddHubHandler implements ICommandHandler<AddHub> {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly hubs: HubRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, key, form }: AddHub): Promise<Given<HubMade>> {
    return this.idempotency.once({ caller: by.memberId, route: 'POST /v1/hubs', key, body: form }, async (tx) => {
      await inForum(tx, by.forumId);
      if (!(await this.hubs.organisationExists(tx, by.forumId, form.organisationId))) {
        throw unprocessable([{ pointer: '/organisationId', code: 'unknown-organisation', message: '' }]);
      }
      const id = uuidv7();
      if (!(await this.hubs.insert(tx, { id, forumId: by.forumId, ...form }))) {
        throw unprocessable([{ pointer: '/name', code: 'name-taken', message: '' }]);
      }
      await this.audit.did(tx, {
        forumId: by.forumId,
        memberId: by.memberId,
        at: this.clock.now(),
        act: 'hub-added',
        subject: 'hub',
        subjectId: id,
      });
      return { status: 201, body: { id, ...form } };
    });
  }
}
