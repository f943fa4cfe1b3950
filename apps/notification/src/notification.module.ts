import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ActivationRepository } from './activations/activation.repository.js';
import { FollowCoordination } from './activations/follow-coordination.handler.js';
import { CapturedRepository } from './capture/captured.repository.js';
import { CapturedHttp } from './capture/captured.http.js';
import { CapturedQuery } from './capture/captured.query.js';
import { Channels } from './channels/channels.js';
import { FollowIntake } from './messages/follow-intake.handler.js';
import { HealthRepository } from './messages/health.repository.js';
import { MessageRepository } from './messages/message.repository.js';
import { MessagesHttp } from './messages/messages.http.js';
import { MessagesQuery } from './messages/messages.query.js';
import { MessagesTrace } from './messages/messages.trace.js';
import { MessagesVitals } from './messages/messages.vitals.js';
import { ReceiptsHttp } from './receipts/receipts.http.js';
import { TakeReceiptHandler } from './receipts/take-receipt.command.js';
import { RecipientRepository } from './recipients/recipient.repository.js';
import { RecoverSending } from './sending/recover-sending.sweeper.js';
import { FeedEmails, SendEmails } from './sending/send-emails.processor.js';
import { FeedLetters, SendLetters } from './sending/send-letters.processor.js';
import { FeedTexts, SendTexts } from './sending/send-texts.processor.js';
import { Sending } from './sending/sending.js';
import { PublishTally } from './tally/publish-tally.sweeper.js';
import { TallyRepository } from './tally/tally.repository.js';
import { Wording } from './wording/wording.js';

@Module({
  imports: [CqrsModule],
  controllers: [ReceiptsHttp, CapturedHttp, MessagesHttp],
  providers: [
    ActivationRepository,
    CapturedRepository,
    HealthRepository,
    MessageRepository,
    RecipientRepository,
    TallyRepository,
    FollowCoordination,
    FollowIntake,
    Channels,
    Wording,
    Sending,
    FeedEmails,
    SendEmails,
    FeedTexts,
    SendTexts,
    FeedLetters,
    SendLetters,
    RecoverSending,
    PublishTally,
    TakeReceiptHandler,
    MessagesQuery,
    CapturedQuery,
    MessagesVitals,
    MessagesTrace,
  ],
})
export class NotificationModule {}
