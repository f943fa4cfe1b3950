import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { conflict, notFound, preconditionFailed } from '@app/http';
import { Transactions } from '@app/messaging';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import type { PlanChange } from './plan-content.js';
import { revise } from './plan.decider.js';
import { PlanRepository } from './plan.repository.js';
import { refuseStrangers } from './write-plan.command.js';

export class RevisePlan extends Command<{ readonly version: number }> {
  constructor(
    readonly by: Staff,
    readonly id: string,
    readonly seen: number,
    readonly change: PlanChange,
  ) {
    super();
  }
}

@CommandHandler(RevisePlan)
export class RevisePlanHandler implements ICommandHandler<RevisePlan> {
  constructor(
    private readonly transactions: Transactions,
    private readonly plans: PlanRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, id, seen, change }: RevisePlan): Promise<{ readonly version: number }> {
    return this.transactions.run(async (tx) => {
      await inForum(tx, by.forumId);
      const plan = await this.plans.lock(tx, by.forumId, id);
      if (!plan) throw notFound();
      const decision = revise(plan, seen);
      if (decision.is === 'stale') throw preconditionFailed();
      if (decision.is !== 'granted') throw conflict('plan-superseded');
      const act = { forumId: by.forumId, memberId: by.memberId, at: this.clock.now() };
      const content = {
        publicTitle: change.publicTitle ?? plan.content.publicTitle,
        functions: { ...plan.content.functions, ...change.functions },
        roles: change.roles ?? plan.content.roles,
      };
      await refuseStrangers(this.plans, tx, by.forumId, content);
      await this.plans.revise(tx, act, id, decision.version, {
        title: change.title ?? plan.title,
        hazard: change.hazard ?? plan.hazard,
        content,
      });
      await this.audit.did(tx, {
        ...act,
        act: 'plan-revised',
        subject: 'plan',
        subjectId: id,
        version: decision.version,
      });
      return { version: decision.version };
    });
  }
}
