import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { OfferAnswered, type OfferAnswer } from '@app/contracts';
import { conflict, notFound } from '@app/http';
import { Transactions } from '@app/messaging';
import { Acting } from '../application/act.js';
import { answerOffer } from '../application/person.decider.js';
import { answer, type OfferState } from './offer.decider.js';
import { OfferRepository } from './offer.repository.js';

export interface OfferReceipt {
  /** `confirming` until matching has spoken. */
  readonly state: OfferState;
  /** When the answer was received; this time decides. */
  readonly receivedAt: string;
}

export class AnswerOffer extends Command<OfferReceipt> {
  constructor(
    readonly applicationId: string,
    readonly offerId: string,
    readonly answer: OfferAnswer,
  ) {
    super();
  }
}

@CommandHandler(AnswerOffer)
export class AnswerOfferHandler implements ICommandHandler<AnswerOffer> {
  constructor(
    private readonly transactions: Transactions,
    private readonly acting: Acting,
    private readonly offers: OfferRepository,
  ) {}

  execute({ applicationId, offerId, answer: given }: AnswerOffer): Promise<OfferReceipt> {
    return this.transactions.run(async (tx) => {
      let receipt: OfferReceipt | null = null;
      await this.acting.within(tx, applicationId, {
        decide: (application, now) => answerOffer(application, given, now),
        facts: 1,
        also: async (_, application, now) => {
          const offer = (await this.offers.lock(tx, [offerId])).get(offerId);
          if (!offer || offer.applicationId !== applicationId || offer.roleTitle === null) throw notFound();
          const taken = answer(offer.state, given);
          if (taken.is === 'refused') throw conflict(taken.code);
          // The same answer again: the first time of receipt stands.
          const again = offer.answeredAt !== null && taken.state === offer.state;
          const receivedAt = again ? offer.answeredAt! : now;
          receipt = { state: taken.state, receivedAt: receivedAt.toISOString() };
          await this.offers.save(tx, [{ ...offer, state: taken.state, answeredAt: receivedAt }]);
          tx.publish(OfferAnswered, [
            {
              sequence: application.version + 1,
              at: now,
              data: {
                applicationId,
                activationId: application.activationId,
                forumId: application.forumId,
                offerId,
                answer: given,
                answeredAt: receivedAt.toISOString(),
              },
            },
          ]);
        },
      });
      return receipt!;
    });
  }
}
