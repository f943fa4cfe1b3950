import { after, Clock, DAY } from '@app/calendar';
import { MessageRequested } from '@app/contracts';
import { messageIdOf, Sweeps, Transactions, type Sweeper, type Tx } from '@app/messaging';
import { BlindIndex, Keyring } from '@app/privacy';
import { ApplicationBooks } from '../application/application-books.js';
import type { Application } from '../application/application.js';
import { ApplicationRepository } from '../application/application.repository.js';
import { settle } from '../application/settle.decider.js';
import { hashOfToken, mintToken } from '../links/token.js';
import { SHARED_PER_DAY } from '../messages/allowance.decider.js';
import { MessageRepository } from '../messages/message.repository.js';
import type { SealedPerson } from '../submit/submission.js';
import { guardianAsked } from './guardian.decider.js';
import { GuardianRepository, type ToAsk } from './guardian.repository.js';

/** Whoever a person of 16 or 17 named hears of it by a message and a link of their own (H13). */
@Sweeps('intake.ask-guardians', { everyMs: 2_000 })
export class AskGuardians implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly guardians: GuardianRepository,
    private readonly applications: ApplicationRepository,
    private readonly books: ApplicationBooks,
    private readonly messages: MessageRepository,
    private readonly keyring: Keyring,
    private readonly blindIndex: BlindIndex,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const due = await this.guardians.due(tx, now, 100);
      const known = await this.applications.lock(
        tx,
        due.map(({ id }) => id),
      );
      // One by one: the day's share of an address counts those before it.
      for (const one of due) await this.ask(tx, one, known.get(one.id)!, now);
      return due.length;
    });
  }

  private async ask(tx: Tx, { personSealed, personVersion }: ToAsk, of: Application, now: Date): Promise<void> {
    const subject = { forumId: of.forumId, personId: of.id, compartment: 'contact' as const };
    const keys = await this.keyring.fetch(tx, [subject]);
    const at = { subject, place: 'application.person', version: personVersion };
    const { email } = this.keyring.open<SealedPerson>(keys, at, personSealed).guardian!;
    await this.blindIndex.ensure(tx, of.activationId);
    const emailIndex = this.blindIndex.of(of.activationId, 'email', email);
    const today = now.toISOString().slice(0, 10);
    if (emailIndex) await this.messages.lockContact(tx, emailIndex);
    if (emailIndex && (await this.guardians.mailsToday(tx, emailIndex, today)) >= SHARED_PER_DAY) {
      await this.guardians.postpone(tx, of.id, new Date(`${after(now, DAY).toISOString().slice(0, 10)}T00:00:00Z`));
      return;
    }
    const token = mintToken();
    const messageId = messageIdOf(of.id, 'guardian');
    const contact = this.keyring.seal(
      keys,
      { subject, place: `message.contact.${messageId}`, version: 1 },
      { email, token },
    );
    await this.guardians.asked(tx, {
      id: of.id,
      forumId: of.forumId,
      tokenHash: hashOfToken(token),
      emailIndex,
      at: now,
    });
    await this.books.enter(tx, [settle(of, [(before) => guardianAsked(before, now)], 1)]);
    tx.publish(MessageRequested, [
      {
        sequence: of.version + 1,
        at: now,
        data: {
          applicationId: of.id,
          activationId: of.activationId,
          forumId: of.forumId,
          messageId,
          kind: 'guardian',
          urgency: 'P3',
          reference: of.reference,
          ownerName: of.ownerName,
          promiseDueAt: null,
          facts: {},
          to: { channel: 'email', contact },
        },
      },
    ]);
  }
}
