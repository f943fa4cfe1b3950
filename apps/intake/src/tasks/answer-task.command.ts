import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CONFIG } from '@app/boot';
import { Clock } from '@app/calendar';
import { TaskAnswered, TaskCode } from '@app/contracts';
import { invalidParamsOf, notFound, unprocessable } from '@app/http';
import type { Tx } from '@app/messaging';
import { Keyring, type Subject } from '@app/privacy';
import type { Application } from '../application/application.js';
import { Acting } from '../application/act.js';
import { answerTask } from '../application/person.decider.js';
import { ProfileRepository } from '../application/profile.repository.js';
import type { IntakeConfig } from '../intake.settings.js';
import type { SealedContact, SealedPerson } from '../submit/submission.js';
import { TaskAnswerRepository } from './task-answer.repository.js';
import { taskAnswers } from './task-answers.js';

/** What the person gives for a check, unread. */
export class AnswerTask extends Command<void> {
  constructor(
    readonly applicationId: string,
    readonly task: string,
    readonly body: unknown,
  ) {
    super();
  }
}

@CommandHandler(AnswerTask)
export class AnswerTaskHandler implements ICommandHandler<AnswerTask> {
  constructor(
    private readonly acting: Acting,
    private readonly profiles: ProfileRepository,
    private readonly answers: TaskAnswerRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: IntakeConfig,
  ) {}

  async execute({ applicationId, task: code, body }: AnswerTask): Promise<void> {
    const task = TaskCode.safeParse(code);
    if (!task.success) throw notFound();
    const parsed = taskAnswers(task.data, this.clock.now().toISOString().slice(0, 10)).safeParse(body);
    if (!parsed.success) throw unprocessable(invalidParamsOf(parsed.error.issues, body));
    await this.acting.run(applicationId, {
      decide: (application, now) => answerTask(application, task.data, now),
      facts: 1,
      also: (tx, application, now) => this.handOn(tx, application, task.data, parsed.data, now),
    });
  }

  /** Vetting opens checks only, so the names it must compare with travel in the same compartment. */
  private async handOn(tx: Tx, of: Application, task: TaskCode, given: object, now: Date): Promise<void> {
    const version = await this.answers.nextVersion(tx, of.id);
    const names = task === 'identity' ? await this.names(tx, of) : {};
    const subject: Subject = { forumId: of.forumId, personId: of.id, compartment: 'checks' };
    const sealed = await this.keyring.sealOne(tx, { subject, place: 'task.answers', version }, { ...names, ...given });
    await this.answers.add(tx, { applicationId: of.id, forumId: of.forumId, version, task, sealed, at: now });
    tx.publish(TaskAnswered, [
      {
        sequence: of.version + 1,
        at: now,
        data: {
          applicationId: of.id,
          activationId: of.activationId,
          forumId: of.forumId,
          task,
          answers: sealed,
          answersVersion: version,
          answeredAt: now.toISOString(),
        },
      },
    ]);
  }

  private async names(tx: Tx, of: Application): Promise<object> {
    const profile = (await this.profiles.of(tx, of.id))!;
    const subject: Subject = { forumId: of.forumId, personId: of.id, compartment: 'contact' };
    const keys = await this.keyring.fetch(tx, [subject]);
    const contact = this.keyring.open<SealedContact>(
      keys,
      { subject, place: 'application.contact', version: profile.contactVersion },
      profile.contactSealed,
    );
    const person = this.keyring.open<SealedPerson>(
      keys,
      { subject, place: 'application.person', version: profile.personVersion },
      profile.personSealed,
    );
    // Back to the front page: no link of theirs is shown to a provider.
    return { givenName: contact.givenName, familyName: person.familyName, returnUrl: `${this.config.MUSTER_ORIGIN}/` };
  }
}
