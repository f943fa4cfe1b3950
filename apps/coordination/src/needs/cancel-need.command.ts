import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { NeedCancelled } from '@app/contracts';
import { conflict, notFound } from '@app/http';
import { Transactions } from '@app/messaging';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import { isOver } from './need.decider.js';
import type { CancelForm } from './need-form.js';
import { NeedRepository } from './need.repository.js';
import { mayHandle, type NeedMoved } from './verify-need.command.js';

export class CancelNeed extends Command<NeedMoved> {
  constructor(
    readonly by: Staff,
    readonly id: string,
    readonly form: CancelForm,
  ) {
    super();
  }
}

@CommandHandler(CancelNeed)
export class CancelNeedHandler implements ICommandHandler<CancelNeed> {
  constructor(
    private readonly transactions: Transactions,
    private readonly needs: NeedRepository,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, id, form }: CancelNeed): Promise<NeedMoved> {
    return this.transactions.run(async (tx) => {
      await inForum(tx, by.forumId);
      const need = await this.needs.lock(tx, by.forumId, id);
      if (!need || !mayHandle(by, need)) throw notFound();
      if (need.state === 'cancelled') return { id, state: need.state, version: need.version };
      if (isOver(need.state)) throw conflict('need-over');
      const at = this.clock.now();
      const version = need.version + 1;
      await this.needs.ended(tx, { id, state: 'cancelled', version, promise: null }, form.reason);
      const { forumId, memberId } = by;
      await this.audit.did(tx, {
        forumId,
        memberId,
        at,
        act: 'need-cancelled',
        subject: 'need',
        subjectId: id,
        version,
      });
      // Nobody heard of a need that was never verified.
      if (need.state !== 'drafted') {
        const { activationId } = need;
        const data = { needId: id, activationId, forumId, reason: form.reason, at: at.toISOString() };
        tx.publish(NeedCancelled, [{ sequence: version, at, data }]);
      }
      return { id, state: 'cancelled', version };
    });
  }
}
