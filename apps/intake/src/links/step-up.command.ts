import { randomInt, timingSafeEqual } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '@app/calendar';
import type { Channel } from '@app/contracts';
import { conflict, forbidden, gone, tooMany, unprocessable } from '@app/http';
import { messageIdOf, Transactions, uuidv7, type Tx } from '@app/messaging';
import { Keyring, type Slotted } from '@app/privacy';
import { Acting } from '../application/act.js';
import type { Application } from '../application/application.js';
import { ApplicationRepository } from '../application/application.repository.js';
import { askForCode, expiresAt, giveCode } from './step-up.decider.js';
import { StepUpRepository } from './step-up.repository.js';

export interface CodeSent {
  readonly channel: Channel;
  readonly expiresAt: string;
}

/** A code by message, for what a mailed link alone may not do (S7). */
export class AskForCode extends Command<CodeSent> {
  constructor(
    readonly applicationId: string,
    /** Hash of the link. */
    readonly link: Buffer,
  ) {
    super();
  }
}

@CommandHandler(AskForCode)
export class AskForCodeHandler implements ICommandHandler<AskForCode> {
  constructor(
    private readonly transactions: Transactions,
    private readonly acting: Acting,
    private readonly applications: ApplicationRepository,
    private readonly stepUps: StepUpRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  async execute({ applicationId, link }: AskForCode): Promise<CodeSent> {
    return this.transactions.run(async (tx) => {
      const application = await locked(this.applications, tx, applicationId);
      const now = this.clock.now();
      const asked = askForCode(await this.stepUps.of(tx, applicationId), application, link, now);
      if (asked.is === 'refused') throw asked.code === 'codes-used-up' ? forbidden(asked.code) : conflict(asked.code);
      if (asked.is === 'too-many') throw tooMany((asked.againAt.getTime() - now.getTime()) / 1000);
      const until = expiresAt(asked.after).toISOString();
      if (asked.is === 'send') {
        const cause = uuidv7();
        const messageId = messageIdOf(cause, 'code');
        const code = String(randomInt(1_000_000)).padStart(6, '0');
        const codeSealed = await this.keyring.sealOne(tx, placeOf(application, messageId), code);
        await this.stepUps.put(tx, application, { ...asked.after, messageId, codeSealed });
        await this.acting.within(tx, applicationId, {
          decide: (of) => ({
            is: 'done',
            step: {
              application: of,
              timeline: [{ at: now, code: 'code-sent' }],
              messages: [
                {
                  kind: 'code',
                  urgency: 'P1',
                  facts: { code: codeSealed, respondBy: until },
                  cause,
                  purpose: 'code',
                  news: false,
                },
              ],
            },
          }),
        });
      }
      return { channel: application.channel, expiresAt: until };
    });
  }
}

/** The code that came by message; right, the link that asked has all rights for some minutes. */
export class GiveCode extends Command<{ fullUntil: string }> {
  constructor(
    readonly applicationId: string,
    readonly link: Buffer,
    readonly code: string,
  ) {
    super();
  }
}

@CommandHandler(GiveCode)
export class GiveCodeHandler implements ICommandHandler<GiveCode> {
  constructor(
    private readonly transactions: Transactions,
    private readonly acting: Acting,
    private readonly applications: ApplicationRepository,
    private readonly stepUps: StepUpRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  async execute({ applicationId, link, code }: GiveCode): Promise<{ fullUntil: string }> {
    const given = await this.transactions.run(async (tx) => {
      // The row is locked before the code is read: answers given at the same time are counted one by one (S14).
      const application = await locked(this.applications, tx, applicationId);
      const now = this.clock.now();
      const before = await this.stepUps.of(tx, applicationId);
      const sent =
        before && (await this.keyring.openOne<string>(tx, placeOf(application, before.messageId), before.codeSealed));
      const outcome = giveCode(before, link, sent !== null && isSame(sent, code), now);
      if (outcome.is !== 'refused') await this.stepUps.put(tx, application, { ...before!, ...outcome.after });
      if (outcome.is === 'right')
        await this.acting.within(tx, applicationId, {
          decide: (of) => ({
            is: 'done',
            step: { application: of, timeline: [{ at: now, code: 'code-given' }], messages: [] },
          }),
        });
      return outcome;
    });
    if (given.is === 'right') return { fullUntil: given.after.fullUntil!.toISOString() };
    if (given.is === 'refused' && given.code === 'codes-used-up') throw forbidden(given.code);
    const wrong = given.is === 'wrong' ? 'code-wrong' : given.code;
    throw unprocessable([{ pointer: '/code', code: wrong, message: '' }]);
  }
}

const locked = async (applications: ApplicationRepository, tx: Tx, id: string): Promise<Application> => {
  const application = (await applications.lock(tx, [id])).get(id);
  if (!application) throw gone();
  return application;
};

const placeOf = ({ id, forumId }: Application, messageId: string): Slotted => ({
  subject: { forumId, personId: id, compartment: 'contact' },
  place: `message.code.${messageId}`,
  version: 1,
});

const isSame = (sent: string, given: string): boolean =>
  given.length === sent.length && timingSafeEqual(Buffer.from(given), Buffer.from(sent));
