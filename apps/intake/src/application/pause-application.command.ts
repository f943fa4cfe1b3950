import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApplicationPaused, ApplicationResumed } from '@app/contracts';
import { Acting } from './act.js';
import { pause, resume } from './person.decider.js';

export class PauseApplication extends Command<void> {
  constructor(
    readonly applicationId: string,
    /** The day on which offers may come again; null: a month. */
    readonly until: string | null,
  ) {
    super();
  }
}

@CommandHandler(PauseApplication)
export class PauseApplicationHandler implements ICommandHandler<PauseApplication> {
  constructor(private readonly acting: Acting) {}

  async execute({ applicationId, until }: PauseApplication): Promise<void> {
    await this.acting.run(applicationId, {
      decide: (application, now) => pause(application, until === null ? null : new Date(`${until}T09:00:00Z`), now),
      facts: 1,
      also: (tx, { id, activationId, forumId, version }, now) =>
        tx.publish(ApplicationPaused, [
          {
            sequence: version + 1,
            at: now,
            data: { applicationId: id, activationId, forumId, at: now.toISOString(), until },
          },
        ]),
    });
  }
}

/** Also reopens what lapsed, within thirty days. */
export class ResumeApplication extends Command<void> {
  constructor(readonly applicationId: string) {
    super();
  }
}

@CommandHandler(ResumeApplication)
export class ResumeApplicationHandler implements ICommandHandler<ResumeApplication> {
  constructor(private readonly acting: Acting) {}

  async execute({ applicationId }: ResumeApplication): Promise<void> {
    await this.acting.run(applicationId, {
      decide: resume,
      facts: 1,
      also: (tx, { id, activationId, forumId, version }, now) =>
        tx.publish(ApplicationResumed, [
          {
            sequence: version + 1,
            at: now,
            data: { applicationId: id, activationId, forumId, at: now.toISOString() },
          },
        ]),
    });
  }
}
