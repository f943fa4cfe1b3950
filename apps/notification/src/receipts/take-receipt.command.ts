import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '@app/calendar';
import { MessageDelivered, MessageFailed, MessageSent } from '@app/contracts';
import { messageIdOf, Transactions, type Tx } from '@app/messaging';
import { Keyring } from '@app/privacy';
import type { Contact } from '../messages/message.js';
import { MessageRepository, type Told } from '../messages/message.repository.js';
import { otherWay } from '../messages/route.decider.js';
import { RecipientRepository } from '../recipients/recipient.repository.js';
import { deliveredFact, failedFact, sentFact } from '../sending/sending.js';
import { type Delta, TallyRepository } from '../tally/tally.repository.js';
import { read } from './receipt.decider.js';

export class TakeReceipt extends Command<void> {
  constructor(
    readonly messageId: string,
    readonly status: string,
  ) {
    super();
  }
}

/** A receipt may come twice, late, or before our own note that the message was sent: state only moves on. */
@CommandHandler(TakeReceipt)
export class TakeReceiptHandler implements ICommandHandler<TakeReceipt> {
  constructor(
    private readonly transactions: Transactions,
    private readonly messages: MessageRepository,
    private readonly recipients: RecipientRepository,
    private readonly keyring: Keyring,
    private readonly tally: TallyRepository,
    private readonly clock: Clock,
  ) {}

  async execute({ messageId, status }: TakeReceipt): Promise<void> {
    const said = read(status);
    if (!said) return;
    await this.transactions.run(async (tx) => {
      const at = this.clock.now();
      for (const one of await this.messages.receive(tx, [{ id: messageId, ...said, at }])) {
        const delivered = said.state === 'delivered';
        const unsaid = one.was === 'sending';
        if (unsaid && delivered) tx.publish(MessageSent, [sentFact({ ...one, version: one.version - 1 })]);
        if (delivered) tx.publish(MessageDelivered, [deliveredFact(one, at)]);
        else tx.publish(MessageFailed, [failedFact(one, said.reason, at)]);
        const delta: Delta = {
          activationId: one.activationId,
          forumId: one.forumId,
          queued: unsaid ? -1 : 0,
          sent: unsaid && delivered ? 1 : 0,
          delivered: delivered ? 1 : 0,
          failed: delivered ? 0 : 1,
        };
        const others = delivered ? [] : await this.messages.reroute(tx, await this.#otherWays(tx, one), at);
        await this.tally.count(tx, [delta, ...others.map((other): Delta => ({ ...other, queued: 1 }))]);
      }
    });
  }

  async #otherWays(tx: Tx, refused: Told): Promise<ReturnType<typeof otherWay>> {
    const to = (await this.recipients.find(tx, [refused.applicationId])).get(refused.applicationId);
    if (!to) return [];
    const subject = { forumId: to.forumId, personId: to.applicationId, compartment: 'contact' as const };
    const at = { subject, place: 'application.contact', version: to.contactVersion };
    return otherWay(refused, await this.keyring.openOne<Contact>(tx, at, to.contact), messageIdOf);
  }
}
