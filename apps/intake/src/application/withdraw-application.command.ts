import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApplicationWithdrawn } from '@app/contracts';
import { Acting } from './act.js';
import { withdraw } from './person.decider.js';

export class WithdrawApplication extends Command<void> {
  constructor(readonly applicationId: string) {
    super();
  }
}

@CommandHandler(WithdrawApplication)
export class WithdrawApplicationHandler implements ICommandHandler<WithdrawApplication> {
  constructor(private readonly acting: Acting) {}

  async execute({ applicationId }: WithdrawApplication): Promise<void> {
    await this.acting.run(applicationId, {
      decide: withdraw,
      facts: 1,
      also: (tx, { id, activationId, forumId, version }, now) =>
        tx.publish(ApplicationWithdrawn, [
          {
            sequence: version + 1,
            at: now,
            data: { applicationId: id, activationId, forumId, at: now.toISOString() },
          },
        ]),
    });
  }
}
