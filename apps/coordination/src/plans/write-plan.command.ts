import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { etagOf, Idempotency } from '@app/http';
import { uuidv7, type Tx } from '@app/messaging';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import type { Given } from '../members/given.js';
import { wrongFields } from './fields.js';
import { contentOf, type PlanContent, type PlanForm } from './plan-content.js';
import { PLAN_FUNCTIONS } from './plan.decider.js';
import { PlanRepository } from './plan.repository.js';

export interface PlanMade {
  readonly id: string;
  readonly state: 'draft';
  readonly version: number;
}

export class WritePlan extends Command<Given<PlanMade>> {
  constructor(
    readonly by: Staff,
    readonly key: string,
    readonly form: PlanForm,
  ) {
    super();
  }
}

@CommandHandler(WritePlan)
export class WritePlanHandler implements ICommandHandler<WritePlan> {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly plans: PlanRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, key, form }: WritePlan): Promise<Given<PlanMade>> {
    return this.idempotency.once({ caller: by.memberId, route: 'POST /v1/plans', key, body: form }, async (tx) => {
      await inForum(tx, by.forumId);
      const act = { forumId: by.forumId, memberId: by.memberId, at: this.clock.now() };
      const id = uuidv7();
      const content = contentOf(form);
      await refuseStrangers(this.plans, tx, by.forumId, content);
      await this.plans.insert(tx, act, id, { title: form.title, hazard: form.hazard, content });
      await this.audit.did(tx, { ...act, act: 'plan-written', subject: 'plan', subjectId: id, version: 1 });
      return {
        status: 201,
        headers: { location: `/v1/plans/${id}`, etag: etagOf(1) },
        body: { id, state: 'draft', version: 1 },
      };
    });
  }
}

/** Only organisations of the forum itself can sign for a function. */
export async function refuseStrangers(
  plans: PlanRepository,
  tx: Tx,
  forumId: string,
  content: PlanContent,
): Promise<void> {
  const signed = PLAN_FUNCTIONS.flatMap((name) => {
    const organisationId = content.functions[name]?.organisationId;
    return organisationId ? [{ name, organisationId }] : [];
  });
  const known = await plans.organisationsExist(
    tx,
    forumId,
    signed.map((one) => one.organisationId),
  );
  const strangers = signed.filter((one) => !known.includes(one.organisationId));
  if (strangers.length > 0) {
    throw wrongFields(
      strangers.map((one) => ({ path: ['functions', one.name, 'organisationId'], code: 'unknown-organisation' })),
    );
  }
}
