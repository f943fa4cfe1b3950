import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '@app/calendar';
import { MessageDelivered, MessageFailed, MessageSent } from '@app/contracts';
import { MicroBatch, settledByHalves } from '@app/http';
import { messageIdOf, Transactions, type Tx } from '@app/messaging';
import { Keyring, type Subject } from '@app/privacy';
import type { Contact } from '../messages/message.js';
import { MessageRepository, type Told } from '../messages/message.repository.js';
import { otherWay } from '../messages/route.decider.js';
import { type Recipient, RecipientRepository } from '../recipients/recipient.repository.js';
import { deliveredFact, failedFact, sentFact } from '../sending/sending.js';
import { type Delta, TallyRepository } from '../tally/tally.repository.js';
import { read, type Received } from './receipt.decider.js';

export class TakeReceipt extends Command<void> {
  constructor(
    readonly messageId: string,
    readonly status: string,
  ) {
    super();
  }
}

type Receipt = Received & { readonly id: string };

/** The provider waits for our 204, but not for long; receipts that share a transaction cost a fraction. */
const PACE_MS = 100;

/**
 * A receipt may come twice, late, or before our own note that the message was sent: state only moves on. The provider
 * reports message by message; they are taken in sets.
 */
@CommandHandler(TakeReceipt)
export class TakeReceiptHandler implements ICommandHandler<TakeReceipt> {
  readonly #batch = new MicroBatch<Receipt, void>({
    maxItems: 200,
    maxInFlight: 1,
    paceMs: PACE_MS,
    keyOf,
    subjectOf: ({ id }) => id,
    run: (receipts) => settledByHalves(receipts, (some) => this.#take(some), keyOf),
  });

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
    if (said) await this.#batch.add({ id: messageId, ...said });
  }

  async #take(receipts: readonly Receipt[]): Promise<void> {
    const at = this.clock.now();
    const said = new Map(receipts.map((one) => [one.id, one]));
    await this.transactions.run(async (tx) => {
      const told = await this.messages.receive(
        tx,
        receipts.map((one) => ({ ...one, at })),
      );
      const delivered = told.filter(({ id }) => said.get(id)!.state === 'delivered');
      const failed = told.filter(({ id }) => said.get(id)!.state === 'failed');
      const unsaid = delivered.filter(({ was }) => was === 'sending');
      tx.publish(
        MessageSent,
        unsaid.map((one) => sentFact({ ...one, version: one.version - 1 })),
      );
      tx.publish(
        MessageDelivered,
        delivered.map((one) => deliveredFact(one, at)),
      );
      tx.publish(
        MessageFailed,
        failed.map((one) => failedFact(one, said.get(one.id)!.reason!, at)),
      );
      const others = await this.messages.reroute(tx, await this.#otherWays(tx, failed), at);
      await this.tally.count(tx, [
        ...unsaid.map((one): Delta => ({ ...one, queued: -1, sent: 1 })),
        ...failed.filter(({ was }) => was === 'sending').map((one): Delta => ({ ...one, queued: -1 })),
        ...delivered.map((one): Delta => ({ ...one, delivered: 1 })),
        ...failed.map((one): Delta => ({ ...one, failed: 1 })),
        ...others.map((one): Delta => ({ ...one, queued: 1 })),
      ]);
    });
  }

  async #otherWays(tx: Tx, refused: readonly Told[]): Promise<ReturnType<typeof otherWay>> {
    if (refused.length === 0) return [];
    const ids = refused.map(({ applicationId }) => applicationId);
    const recipients = await this.recipients.find(tx, ids);
    const keys = await this.keyring.fetch(tx, [...recipients.values()].map(subjectOf));
    return refused.flatMap((one) => {
      const to = recipients.get(one.applicationId);
      if (!to || !this.keyring.has(keys, subjectOf(to))) return [];
      const at = { subject: subjectOf(to), place: 'application.contact', version: to.contactVersion };
      return otherWay(one, this.keyring.open<Contact>(keys, at, to.contact), messageIdOf);
    });
  }
}

const keyOf = ({ id, state, reason }: Receipt): string => `${id} ${state} ${reason}`;

const subjectOf = (of: Recipient): Subject => ({
  forumId: of.forumId,
  personId: of.applicationId,
  compartment: 'contact',
});
