import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { conflict, forbidden, notFound, preconditionFailed, type Problem } from '@app/http';
import { Transactions } from '@app/messaging';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import { wrongFields } from './fields.js';
import { approve, submit, type PlanDecision, type PlanState } from './plan.decider.js';
import { PlanRepository } from './plan.repository.js';

export interface Reviewed {
  readonly id: string;
  readonly state: PlanState;
  readonly version: number;
}

export class SubmitPlan extends Command<Reviewed> {
  constructor(
    readonly by: Staff,
    readonly id: string,
  ) {
    super();
  }
}

export class ApprovePlan extends Command<Reviewed> {
  constructor(
    readonly by: Staff,
    readonly id: string,
    readonly seen: number,
  ) {
    super();
  }
}

@CommandHandler(SubmitPlan)
export class SubmitPlanHandler implements ICommandHandler<SubmitPlan> {
  constructor(
    private readonly transactions: Transactions,
    private readonly plans: PlanRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, id }: SubmitPlan): Promise<Reviewed> {
    return this.transactions.run(async (tx) => {
      await inForum(tx, by.forumId);
      const plan = await this.plans.lock(tx, by.forumId, id);
      if (!plan) throw notFound();
      const { version } = plan;
      granted(submit(plan));
      const at = this.clock.now();
      await this.plans.submitted(tx, by.forumId, id, at);
      const { forumId, memberId } = by;
      await this.audit.did(tx, {
        forumId,
        memberId,
        at,
        act: 'plan-submitted',
        subject: 'plan',
        subjectId: id,
        version,
      });
      return { id, state: 'in-review', version };
    });
  }
}

@CommandHandler(ApprovePlan)
export class ApprovePlanHandler implements ICommandHandler<ApprovePlan> {
  constructor(
    private readonly transactions: Transactions,
    private readonly plans: PlanRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, id, seen }: ApprovePlan): Promise<Reviewed> {
    return this.transactions.run(async (tx) => {
      await inForum(tx, by.forumId);
      const plan = await this.plans.lock(tx, by.forumId, id);
      if (!plan) throw notFound();
      const { version } = granted(approve(plan, by.memberId, seen));
      if (!by.roles.includes('approver')) throw forbidden('role-missing');
      const act = { forumId: by.forumId, memberId: by.memberId, at: this.clock.now() };
      await this.plans.approved(tx, act, id, version);
      await this.audit.did(tx, { ...act, act: 'plan-approved', subject: 'plan', subjectId: id, version });
      return { id, state: 'approved', version };
    });
  }
}

function granted(decision: PlanDecision): { readonly version: number } {
  if (decision.is === 'granted') return decision;
  throw refusal(decision);
}

function refusal(decision: Exclude<PlanDecision, { is: 'granted' }>): Problem {
  switch (decision.is) {
    case 'stale':
      return preconditionFailed();
    case 'second-person-needed':
      return forbidden('second-person-needed');
    case 'refused':
      return conflict(decision.code);
    case 'incomplete':
      return wrongFields(decision.faults);
  }
}
