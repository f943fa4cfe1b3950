import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CONFIG } from '@app/boot';
import { Clock } from '@app/calendar';
import { TaskAnswered, TaskCode } from '@app/contracts';
import { halving } from '@app/database';
import { invalidParamsOf, MicroBatch, notFound, Problem, type Settled, unprocessable } from '@app/http';
import { Transactions, type Tx } from '@app/messaging';
import { Keyring, type Subject } from '@app/privacy';
import { Acting, type Entered } from '../application/act.js';
import type { Application } from '../application/application.js';
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

/** Nobody sees so short a wait, and answers that share a transaction cost a fraction. */
const PACE_MS = 50;

interface Answer {
  readonly applicationId: string;
  readonly task: TaskCode;
  readonly given: object;
}

interface Taken extends Answer {
  readonly of: Application;
}

/** Thousands answer in the hour after a broadcast: those who come together share a transaction. */
@CommandHandler(AnswerTask)
export class AnswerTaskHandler implements ICommandHandler<AnswerTask> {
  private readonly batch = new MicroBatch<Answer, void>({
    maxItems: 100,
    maxInFlight: 2,
    paceMs: PACE_MS,
    keyOf,
    subjectOf: ({ applicationId }) => applicationId,
    run: (answers) => this.run(answers),
  });

  constructor(
    private readonly transactions: Transactions,
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
    await this.batch.add({ applicationId, task: task.data, given: parsed.data });
  }

  private async run(answers: readonly Answer[]): Promise<Settled<void>[]> {
    const outcomes = await halving(answers, (some) => this.transactions.run((tx) => this.take(tx, some)));
    return outcomes.flatMap((outcome) =>
      outcome.is === 'refused'
        ? [{ is: 'failed' as const, key: keyOf(outcome.item), error: outcome.error }]
        : outcome.items.map((answer) => settled(answer, outcome.result.get(answer.applicationId)!)),
    );
  }

  private async take(tx: Tx, answers: readonly Answer[]): Promise<Map<string, Entered>> {
    const now = this.clock.now();
    const acts = answers.map(({ applicationId, task }) => {
      const decide = (application: Application, at: Date) => answerTask(application, task, at);
      return [applicationId, { decide, facts: 1 }] as const;
    });
    const entered = await this.acting.together(tx, new Map(acts), now);
    const taken = answers.flatMap((answer): Taken[] => {
      const one = entered.get(answer.applicationId)!;
      return one instanceof Problem ? [] : [{ ...answer, of: one.before }];
    });
    if (taken.length > 0) await this.handOn(tx, taken, now);
    return entered;
  }

  /** Vetting opens checks only, so the names it must compare with travel in the same compartment. */
  private async handOn(tx: Tx, taken: readonly Taken[], now: Date): Promise<void> {
    const names = await this.names(
      tx,
      taken.filter(({ task }) => task === 'identity').map(({ of }) => of),
    );
    const keys = await this.keyring.ensure(
      tx,
      taken.map(({ of }) => subjectOf(of, 'checks')),
    );
    const versions = await this.answers.versions(
      tx,
      taken.map(({ of }) => of.id),
    );
    const rows = taken.map(({ of, task, given }) => {
      const version = (versions.get(of.id) ?? 0) + 1;
      const at = { subject: subjectOf(of, 'checks'), place: 'task.answers', version };
      const sealed = this.keyring.seal(keys, at, { ...names.get(of.id), ...given });
      return { applicationId: of.id, forumId: of.forumId, version, task, sealed, at: now };
    });
    await this.answers.add(tx, rows);
    tx.publish(
      TaskAnswered,
      rows.map(({ applicationId, forumId, version, task, sealed }, index) => ({
        sequence: taken[index]!.of.version + 1,
        at: now,
        data: {
          applicationId,
          activationId: taken[index]!.of.activationId,
          forumId,
          task,
          answers: sealed,
          answersVersion: version,
          answeredAt: now.toISOString(),
        },
      })),
    );
  }

  private async names(tx: Tx, of: readonly Application[]): Promise<Map<string, object>> {
    if (of.length === 0) return new Map();
    const ids = of.map(({ id }) => id);
    const profiles = await this.profiles.all(tx, ids);
    const keys = await this.keyring.fetch(
      tx,
      of.map((one) => subjectOf(one, 'contact')),
    );
    return new Map(
      of.map((one) => {
        const profile = profiles.get(one.id)!;
        const open = <T>(place: string, version: number, sealed: string): T =>
          this.keyring.open<T>(keys, { subject: subjectOf(one, 'contact'), place, version }, sealed);
        const { givenName } = open<SealedContact>('application.contact', profile.contactVersion, profile.contactSealed);
        const { familyName } = open<SealedPerson>('application.person', profile.personVersion, profile.personSealed);
        // Back to the front page: no link of theirs is shown to a provider.
        return [one.id, { givenName, familyName, returnUrl: `${this.config.MUSTER_ORIGIN}/` }];
      }),
    );
  }
}

/** The same answer sent twice at once is one answer. */
const keyOf = ({ applicationId, task, given }: Answer): string => JSON.stringify([applicationId, task, given]);

const settled = (answer: Answer, entered: Entered): Settled<void> =>
  entered instanceof Problem
    ? { is: 'failed', key: keyOf(answer), error: entered }
    : { is: 'done', key: keyOf(answer), value: undefined };

const subjectOf = (of: Application, compartment: Subject['compartment']): Subject => ({
  forumId: of.forumId,
  personId: of.id,
  compartment,
});
