import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import type { ActivationState } from '@app/contracts';
import { Idempotency, unprocessable } from '@app/http';
import { uuidv7, type Tx } from '@app/messaging';
import { DecisionLogRepository } from '../log/decision-log.repository.js';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import type { Given } from '../members/given.js';
import { CatchmentRepository } from '../places/catchment.repository.js';
import { PlanRepository, type PlanInForce } from '../plans/plan.repository.js';
import { stateOnRequest } from './activation.decider.js';
import type { ActivationForm } from './activation-form.js';
import { ActivationRepository } from './activation.repository.js';
import { OpenActivation } from './open-activation.js';

export interface ActivationMade {
  readonly id: string;
  readonly slug: string;
  readonly kind: ActivationForm['kind'];
  readonly state: ActivationState;
  /** What it is to be once a second person agreed. */
  readonly wanted: ActivationForm['state'];
  readonly version: number;
}

export class RequestActivation extends Command<Given<ActivationMade>> {
  constructor(
    readonly by: Staff,
    readonly key: string,
    readonly form: ActivationForm,
  ) {
    super();
  }
}

@CommandHandler(RequestActivation)
export class RequestActivationHandler implements ICommandHandler<RequestActivation> {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly activations: ActivationRepository,
    private readonly plans: PlanRepository,
    private readonly catchments: CatchmentRepository,
    private readonly opener: OpenActivation,
    private readonly log: DecisionLogRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, key, form }: RequestActivation): Promise<Given<ActivationMade>> {
    return this.idempotency.once(
      { caller: by.memberId, route: 'POST /v1/activations', key, body: form },
      async (tx) => {
        await inForum(tx, by.forumId);
        const plan = await this.checked(tx, by, form);
        const id = uuidv7();
        const at = this.clock.now();
        const state = stateOnRequest(form.state);
        const opens = state !== 'monitoring';
        const { forumId, memberId } = by;
        const inserted = await this.activations.insert(tx, {
          ...form,
          id,
          forumId,
          planVersion: plan.version,
          state,
          wanted: form.state,
          requestedBy: memberId,
          requestedAt: at,
          openedAt: opens ? at : null,
        });
        if (!inserted) throw unprocessable([{ pointer: '/slug', code: 'slug-taken', message: '' }]);
        if (opens) await this.opener.publish(tx, { ...form, id, forumId, state, version: 1, at }, plan.content);
        const entry = { id: uuidv7(), forumId, activationId: id, memberId, at };
        await this.log.note(tx, entry, opens ? 'standby-opened' : 'activation-requested', { kind: form.kind });
        await this.audit.did(tx, {
          forumId,
          memberId,
          at,
          act: 'activation-requested',
          subject: 'activation',
          subjectId: id,
          version: 1,
        });
        return {
          status: 201,
          headers: { location: `/v1/activations/${id}`, etag: '"1"' },
          body: { id, slug: form.slug, kind: form.kind, state, wanted: form.state, version: 1 },
        };
      },
    );
  }

  private async checked(tx: Tx, by: Staff, form: ActivationForm): Promise<PlanInForce> {
    const plan = await this.plans.inForce(tx, by.forumId, form.planId);
    const unknown = await this.catchments.unknown(tx, by.forumId, form.areas);
    const wrong = [
      ...(plan ? [] : [{ pointer: '/planId', code: 'plan-not-approved', message: '' }]),
      ...form.areas.flatMap((area, index) =>
        unknown.includes(area) ? [{ pointer: `/areas/${index}`, code: 'unknown-area', message: '' }] : [],
      ),
    ];
    if (!plan || wrong.length > 0) throw unprocessable(wrong);
    return plan;
  }
}
