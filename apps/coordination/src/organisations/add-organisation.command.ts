import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { PublicName } from '@app/contracts';
import { Idempotency, unprocessable } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import type { Given } from '../members/given.js';
import type { Organisation } from './organisation.query.js';
import { OrganisationRepository } from './organisation.repository.js';

export const OrganisationForm = z.strictObject({
  kind: z.enum([
    'category-1',
    'category-2',
    'infrastructure-body',
    'volunteer-involving',
    'community-group',
    'collective',
    'national',
  ]),
  name: PublicName,
});
export type OrganisationForm = z.infer<typeof OrganisationForm>;

export class AddOrganisation extends Command<Given<Organisation>> {
  constructor(
    readonly by: Staff,
    readonly key: string,
    readonly form: OrganisationForm,
  ) {
    super();
  }
}

@CommandHandler(AddOrganisation)
export class AddOrganisationHandler implements ICommandHandler<AddOrganisation> {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly organisations: OrganisationRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, key, form }: AddOrganisation): Promise<Given<Organisation>> {
    return this.idempotency.once(
      { caller: by.memberId, route: 'POST /v1/organisations', key, body: form },
      async (tx) => {
        await inForum(tx, by.forumId);
        const id = uuidv7();
        if (!(await this.organisations.insert(tx, { id, forumId: by.forumId, ...form }))) {
          throw unprocessable([{ pointer: '/name', code: 'name-taken', message: '' }]);
        }
        await this.audit.did(tx, {
          forumId: by.forumId,
          memberId: by.memberId,
          at: this.clock.now(),
          act: 'organisation-added',
          subject: 'organisation',
          subjectId: id,
        });
        return { status: 201, body: { id, ...form, districts: [] } };
      },
    );
  }
}
