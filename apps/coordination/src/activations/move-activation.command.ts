import { Injectable } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { ActivationTransitioned, type ActivationState } from '@app/contracts';
import { conflict, forbidden, notFound, preconditionFailed } from '@app/http';
import { Transactions, uuidv7, type Tx } from '@app/messaging';
import { DecisionLogRepository } from '../log/decision-log.repository.js';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import { PlanRepository } from '../plans/plan.repository.js';
import { approve, move, type ActivationDecision } from './activation.decider.js';
import type { TransitionForm } from './activation-form.js';
import { ActivationRepository, type Activation } from './activation.repository.js';
import { OpenActivation } from './open-activation.js';

export interface Moved {
  readonly id: string;
  readonly slug: string;
  readonly kind: string;
  readonly state: ActivationState;
  readonly version: number;
}

export class ApproveActivation extends Command<Moved> {
  constructor(
    readonly by: Staff,
    /** Id or slug. */
    readonly activation: string,
    /** The version that was looked at, when the approver names it; a request cannot be edited, only its state moves. */
    readonly seen: number | null,
  ) {
    super();
  }
}

export class MoveActivation extends Command<Moved> {
  constructor(
    readonly by: Staff,
    readonly activation: string,
    readonly form: TransitionForm,
  ) {
    super();
  }
}

/** The one way from a state to the next: row, log, audit and event in one transaction. */
@Injectable()
export class Mover {
  constructor(
    private readonly activations: ActivationRepository,
    private readonly plans: PlanRepository,
    private readonly opener: OpenActivation,
    private readonly log: DecisionLogRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  async move(
    tx: Tx,
    by: Staff,
    idOrSlug: string,
    code: 'activation-approved' | 'activation-moved',
    facts: object,
    decide: (activation: Activation) => ActivationDecision,
  ): Promise<Moved> {
    await inForum(tx, by.forumId);
    const activation = await this.activations.lock(tx, by.forumId, idOrSlug);
    if (!activation) throw notFound();
    const decision = decide(activation);
    if (decision.is === 'already') return view(activation, activation.state, activation.version);
    if (decision.is !== 'granted') throw refusal(decision);
    if (decision.approves && !by.roles.includes('approver')) throw forbidden('role-missing');

    const at = this.clock.now();
    const { forumId, memberId } = by;
    const { id } = activation;
    const { from, to, version } = decision;
    if (decision.approves) {
      await this.activations.approved(tx, forumId, id, { memberId, version: activation.version, at });
    }
    await this.activations.moved(tx, forumId, id, { state: to, version, at, opens: decision.opens });
    if (decision.opens) {
      const plan = await this.plans.ofVersion(tx, forumId, activation.planId, activation.planVersion);
      await this.opener.publish(tx, { ...activation, forumId, state: to, version, at }, plan);
    } else if (to !== from) {
      tx.publish(ActivationTransitioned, [
        { data: { activationId: id, forumId, from, to, at: at.toISOString() }, sequence: version, at },
      ]);
    }
    const entry = { id: uuidv7(), forumId, activationId: id, memberId, at };
    await this.log.note(tx, entry, code, { from, to, ...facts });
    const act = decision.approves ? 'activation-approved' : 'activation-moved';
    await this.audit.did(tx, {
      forumId,
      memberId,
      at,
      act,
      subject: 'activation',
      subjectId: id,
      version: activation.version,
    });
    return view(activation, to, version);
  }
}

@CommandHandler(ApproveActivation)
export class ApproveActivationHandler implements ICommandHandler<ApproveActivation> {
  constructor(
    private readonly transactions: Transactions,
    private readonly mover: Mover,
  ) {}

  execute({ by, activation, seen }: ApproveActivation): Promise<Moved> {
    return this.transactions.run((tx) =>
      this.mover.move(tx, by, activation, 'activation-approved', {}, (facts) => approve(facts, by.memberId, seen)),
    );
  }
}

@CommandHandler(MoveActivation)
export class MoveActivationHandler implements ICommandHandler<MoveActivation> {
  constructor(
    private readonly transactions: Transactions,
    private readonly mover: Mover,
  ) {}

  execute({ by, activation, form }: MoveActivation): Promise<Moved> {
    const who = { memberId: by.memberId, mayApprove: by.roles.includes('approver') };
    return this.transactions.run((tx) =>
      this.mover.move(tx, by, activation, 'activation-moved', { reason: form.reason }, (facts) =>
        move(facts, form.to, who),
      ),
    );
  }
}

const view = (activation: Activation, state: ActivationState, version: number): Moved => ({
  id: activation.id,
  slug: activation.slug,
  kind: activation.kind,
  state,
  version,
});

function refusal(decision: Exclude<ActivationDecision, { is: 'granted' } | { is: 'already' }>): Error {
  switch (decision.is) {
    case 'stale':
      return preconditionFailed();
    case 'second-person-needed':
      return forbidden('second-person-needed');
    case 'refused':
      return conflict(decision.code);
  }
}
