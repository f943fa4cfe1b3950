import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { NeedVerified } from '@app/contracts';
import { conflict, notFound, unprocessable } from '@app/http';
import { Transactions } from '@app/messaging';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import { PlanRepository } from '../plans/plan.repository.js';
import { promise, verify, type NeedState } from './need.decider.js';
import type { VerifyForm } from './need-form.js';
import { NeedRepository } from './need.repository.js';

export interface NeedMoved {
  readonly id: string;
  readonly state: NeedState;
  readonly version: number;
}

export class VerifyNeed extends Command<NeedMoved> {
  constructor(
    readonly by: Staff,
    readonly id: string,
    readonly form: VerifyForm,
  ) {
    super();
  }
}

@CommandHandler(VerifyNeed)
export class VerifyNeedHandler implements ICommandHandler<VerifyNeed> {
  constructor(
    private readonly transactions: Transactions,
    private readonly needs: NeedRepository,
    private readonly plans: PlanRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, id, form }: VerifyNeed): Promise<NeedMoved> {
    return this.transactions.run(async (tx) => {
      await inForum(tx, by.forumId);
      const need = await this.needs.lock(tx, by.forumId, id);
      if (!need || !mayHandle(by, need)) throw notFound();
      const activation = await this.needs.activation(tx, by.forumId, need.activationId);
      const plan = await this.plans.ofVersion(tx, by.forumId, activation!.planId, activation!.planVersion);
      const role = plan.roles.find((one) => one.code === need.roleCode)!;
      const at = this.clock.now();
      const decision = verify(need, role.tier, form.regulatedActivity, at);
      if (decision.is === 'already') return { id, state: need.state, version: need.version };
      if (decision.is === 'refused') {
        if (decision.code !== 'regulated-activity-needs-dbs') throw conflict(decision.code);
        throw unprocessable([{ pointer: '/regulatedActivity', code: decision.code, message: '' }]);
      }
      const version = need.version + 1;
      const change = { id, state: decision.state, version, promise: promise(decision.state, at) };
      await this.needs.verified(tx, change, by.memberId, at, form);
      const { forumId, memberId } = by;
      await this.audit.did(tx, {
        forumId,
        memberId,
        at,
        act: 'need-verified',
        subject: 'need',
        subjectId: id,
        version,
      });
      tx.publish(NeedVerified, [
        {
          sequence: version,
          at,
          data: {
            needId: id,
            activationId: need.activationId,
            forumId,
            organisationId: need.organisationId,
            organisationName: need.organisationName,
            roleCode: need.roleCode,
            places: need.places,
            outwardCode: need.outwardCode,
            district: need.district,
            startsAt: need.startsAt.toISOString(),
            endsAt: need.endsAt.toISOString(),
            skills: [...need.skills],
            remote: need.remote,
          },
        },
      ]);
      return { id, state: decision.state, version };
    });
  }
}

/** A hub's coordinator handles the needs of their own organisation; the duty desk handles all. */
export const mayHandle = (by: Staff, need: { readonly organisationId: string; readonly raisedBy: string }): boolean =>
  by.roles.includes('duty-officer') ||
  by.memberId === need.raisedBy ||
  (by.roles.includes('hub-coordinator') && by.organisationId === need.organisationId);
