import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { Idempotency } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import type { Given } from '../members/given.js';
import { wrongFields } from './fields.js';
import type { PlannedRole } from './planned-role.js';
import { RoleTemplateRepository } from './role-template.repository.js';

export type RoleMade = PlannedRole & { readonly id: string };

export class PublishRole extends Command<Given<RoleMade>> {
  constructor(
    readonly by: Staff,
    readonly key: string,
    readonly role: PlannedRole,
  ) {
    super();
  }
}

@CommandHandler(PublishRole)
export class PublishRoleHandler implements ICommandHandler<PublishRole> {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly templates: RoleTemplateRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, key, role }: PublishRole): Promise<Given<RoleMade>> {
    return this.idempotency.once({ caller: by.memberId, route: 'POST /v1/roles', key, body: role }, async (tx) => {
      await inForum(tx, by.forumId);
      const act = { forumId: by.forumId, memberId: by.memberId, at: this.clock.now() };
      const id = uuidv7();
      if (!(await this.templates.insert(tx, { ...act, id, role })))
        throw wrongFields([{ path: ['code'], code: 'code-taken' }]);
      await this.audit.did(tx, { ...act, act: 'role-published', subject: 'role', subjectId: id });
      return { status: 201, body: { id, ...role } };
    });
  }
}
