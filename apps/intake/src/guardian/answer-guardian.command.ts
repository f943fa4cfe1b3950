import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApplicationWithdrawn, GuardianAgreed } from '@app/contracts';
import { forbidden, gone, Problem, unprocessable } from '@app/http';
import { Transactions, type Tx } from '@app/messaging';
import { Keyring } from '@app/privacy';
import { Acting } from '../application/act.js';
import type { Application } from '../application/application.js';
import { ApplicationRepository } from '../application/application.repository.js';
import { ProfileRepository } from '../application/profile.repository.js';
import { comparableName } from '../duplicates/likeness.decider.js';
import type { SealedPerson } from '../submit/submission.js';
import { guardianAgrees, guardianRefuses, guardianUnreached, NAMES_ALLOWED } from './guardian.decider.js';
import { GuardianRepository, type GuardianAnswer } from './guardian.repository.js';

/** What whoever holds the guardian's link says; a yes or a no counts only from somebody who knows the person's last name. */
export class AnswerGuardian extends Command<void> {
  constructor(
    /** Hash of the link. */
    readonly link: Buffer,
    readonly answer: GuardianAnswer,
    readonly familyName: string,
  ) {
    super();
  }
}

@CommandHandler(AnswerGuardian)
export class AnswerGuardianHandler implements ICommandHandler<AnswerGuardian> {
  constructor(
    private readonly transactions: Transactions,
    private readonly acting: Acting,
    private readonly applications: ApplicationRepository,
    private readonly profiles: ProfileRepository,
    private readonly guardians: GuardianRepository,
    private readonly keyring: Keyring,
  ) {}

  async execute({ link, answer, familyName }: AnswerGuardian): Promise<void> {
    const right = await this.transactions.run(async (tx) => {
      const found = await this.guardians.byToken(tx, link);
      if (!found) throw new Problem({ type: 'link-unknown', status: 404 });
      const application = (await this.applications.lock(tx, [found.applicationId])).get(found.applicationId);
      if (!application) throw gone();
      // Read again: answers given at the same time are counted one by one (S14).
      const guardian = (await this.guardians.byToken(tx, link))!;
      if (guardian.answer === 'not-me') throw new Problem({ type: 'link-unknown', status: 404 });
      if (guardian.answer === answer) return true;
      if (guardian.answer !== null) throw new Problem({ type: 'already-ended', status: 409 });
      if (guardian.failures >= NAMES_ALLOWED) throw forbidden('answers-used-up');
      if (answer !== 'not-me' && !(await this.knows(tx, application, familyName))) {
        await this.guardians.countFailure(tx, application.id);
        return false;
      }
      await this.enter(tx, application, answer);
      return true;
    });
    if (!right) throw unprocessable([{ pointer: '/theirFamilyName', code: 'answer-wrong', message: '' }]);
  }

  private async knows(tx: Tx, { id, forumId }: Application, familyName: string): Promise<boolean> {
    const profile = (await this.profiles.of(tx, id))!;
    const subject = { forumId, personId: id, compartment: 'contact' as const };
    const at = { subject, place: 'application.person', version: profile.personVersion };
    const person = await this.keyring.openOne<SealedPerson>(tx, at, profile.personSealed);
    return person !== null && comparableName('', familyName) === comparableName('', person.familyName);
  }

  private async enter(tx: Tx, { id }: Application, answer: GuardianAnswer): Promise<void> {
    const fact = { agreed: GuardianAgreed, refused: ApplicationWithdrawn, 'not-me': null }[answer];
    await this.acting.within(tx, id, {
      decide: (of, now) => {
        if (answer === 'agreed') return guardianAgrees(of, now);
        if (answer === 'refused') return guardianRefuses(of, now);
        return { is: 'done', step: guardianUnreached(of, 'guardian-not-me', now) };
      },
      facts: fact ? 1 : 0,
      also: async (_, { activationId, forumId, version }, now) => {
        await this.guardians.answer(tx, id, answer, now);
        if (fact)
          tx.publish(fact, [
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
