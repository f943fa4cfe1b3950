import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '@app/calendar';
import { parsePostcode } from '@app/geography';
import { Problem, unprocessable } from '@app/http';
import { Transactions } from '@app/messaging';
import { Keyring } from '@app/privacy';
import { Acting } from '../application/act.js';
import { confirmContact, disownContact } from '../application/person.decider.js';
import { ProfileRepository, type Profile } from '../application/profile.repository.js';
import { comparableName } from '../duplicates/likeness.decider.js';
import { MessageRepository } from '../messages/message.repository.js';
import type { SealedPerson } from '../submit/submission.js';
import { ANSWERS_ALLOWED } from './link.query.js';

/** The answer to the one question that a mailed link asks. */
export class ConfirmContact extends Command<void> {
  constructor(
    readonly applicationId: string,
    readonly answer: string,
  ) {
    super();
  }
}

@CommandHandler(ConfirmContact)
export class ConfirmContactHandler implements ICommandHandler<ConfirmContact> {
  constructor(
    private readonly transactions: Transactions,
    private readonly acting: Acting,
    private readonly profiles: ProfileRepository,
    private readonly messages: MessageRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  async execute({ applicationId, answer }: ConfirmContact): Promise<void> {
    const right = await this.transactions.run(async (tx) => {
      let known: Profile | null = null;
      let fits = false;
      // The row is locked before it is read: answers given at the same time are counted one by one (S14).
      await this.acting.within(tx, applicationId, {
        decide: (application) => ({ is: 'done', step: { application, timeline: [], messages: [] } }),
        also: async () => {
          known = await this.profiles.of(tx, applicationId);
        },
      });
      const profile = known as Profile | null;
      if (!profile) throw new Problem({ type: 'gone', status: 410 });
      if (profile.failedAnswers >= ANSWERS_ALLOWED) throw new Problem({ type: 'answers-used-up', status: 403 });
      const person = await this.keyring.openOne<SealedPerson>(tx, placeOf(profile), profile.personSealed);
      fits = person !== null && isRight(person, answer);
      if (!fits) {
        await this.profiles.countWrongAnswer(tx, applicationId);
        return false;
      }
      await this.acting.within(tx, applicationId, {
        decide: (application, now) => ({ is: 'done', step: confirmContact(application, now) }),
      });
      await this.messages.release(tx, applicationId, this.clock.now().toISOString().slice(0, 10));
      return true;
    });
    if (!right) throw unprocessable([{ pointer: '/answer', code: 'answer-wrong', message: '' }]);
  }
}

const placeOf = ({ id, forumId, personVersion }: Profile) => ({
  subject: { forumId, personId: id, compartment: 'contact' as const },
  place: 'application.person',
  version: personVersion,
});

/** The postcode where there is one, else the family name; spacing, case and marks do not count. */
const isRight = (person: SealedPerson, answer: string): boolean => {
  if (person.postcode === null) return comparableName('', answer) === comparableName('', person.familyName);
  const given = parsePostcode(answer);
  return given.is === 'postcode' && given.postcode === person.postcode;
};

/** "Not me": whoever has this contact did not apply; nothing more is sent there, for nobody. */
export class DisownContact extends Command<void> {
  constructor(readonly applicationId: string) {
    super();
  }
}

@CommandHandler(DisownContact)
export class DisownContactHandler implements ICommandHandler<DisownContact> {
  constructor(
    private readonly acting: Acting,
    private readonly messages: MessageRepository,
  ) {}

  async execute({ applicationId }: DisownContact): Promise<void> {
    await this.acting.run(applicationId, {
      decide: (application, now) => ({ is: 'done', step: disownContact(application, now) }),
      also: (tx) => this.messages.drop(tx, applicationId),
    });
  }
}
