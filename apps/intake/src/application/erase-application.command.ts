import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApplicationErased } from '@app/contracts';
import { scrub } from '@app/messaging';
import { Keyring } from '@app/privacy';
import { Acting } from './act.js';
import { erase } from './person.decider.js';
import { ProfileRepository } from './profile.repository.js';

export class EraseApplication extends Command<void> {
  constructor(readonly applicationId: string) {
    super();
  }
}

/** Keys first: without them nothing that was sealed, here or in any topic, can be read again. */
@CommandHandler(EraseApplication)
export class EraseApplicationHandler implements ICommandHandler<EraseApplication> {
  constructor(
    private readonly acting: Acting,
    private readonly keyring: Keyring,
    private readonly profiles: ProfileRepository,
  ) {}

  async execute({ applicationId }: EraseApplication): Promise<void> {
    await this.acting.run(applicationId, {
      decide: (application, now) => ({ is: 'done', step: erase(application, now) }),
      facts: 1,
      also: async (tx, { id, activationId, forumId, version }, now) => {
        await this.keyring.erase(tx, [id]);
        await this.profiles.erase(tx, id, now);
        await scrub(tx, [id]);
        tx.publish(ApplicationErased, [
          {
            sequence: version + 1,
            at: now,
            data: { applicationId: id, activationId, forumId, at: now.toISOString() },
          },
        ]);
      },
    });
  }
}
