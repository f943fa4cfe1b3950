import { Module } from '@nestjs/common';
import { ApplicationBooks } from './application/application-books.js';
import { ApplicationRepository } from './application/application.repository.js';
import { FollowMatching } from './application/follow-matching.handler.js';
import { FollowVetting } from './application/follow-vetting.handler.js';
import { TimelineRepository } from './application/timeline.repository.js';
import { ActivationQuery } from './landing/activation.query.js';
import { ActivationRepository } from './landing/activation.repository.js';
import { FollowActivations } from './landing/follow-activations.handler.js';
import { NeedProjection } from './landing/need.projection.js';
import { MessageRepository } from './messages/message.repository.js';
import { ReleaseHeld } from './messages/release-held.sweeper.js';
import { OfferRepository } from './offers/offer.repository.js';
import { JudgePromises } from './promise/judge-promises.sweeper.js';
import { KeepPromiseOnMessageSent } from './promise/keep-promise-on-message-sent.handler.js';
import { PromiseRepository } from './promise/promise.repository.js';
import { SendNoNews } from './promise/send-no-news.sweeper.js';
import { PublicShare } from './submit/public-share.js';
import { SubmissionRepository } from './submit/submission.repository.js';
import { SubmitApplicationHandler } from './submit/submit-application.command.js';
import { SubmitBatch } from './submit/submit-batch.js';
import { SubmitHttp } from './submit/submit.http.js';
import { TallyRepository } from './tally/tally.repository.js';
import { TallySweeper } from './tally/tally.sweeper.js';

@Module({
  controllers: [SubmitHttp],
  providers: [
    ActivationRepository,
    ActivationQuery,
    FollowActivations,
    NeedProjection,
    SubmissionRepository,
    SubmitBatch,
    SubmitApplicationHandler,
    PublicShare,
    ApplicationRepository,
    ApplicationBooks,
    TimelineRepository,
    FollowVetting,
    FollowMatching,
    OfferRepository,
    PromiseRepository,
    KeepPromiseOnMessageSent,
    SendNoNews,
    JudgePromises,
    MessageRepository,
    ReleaseHeld,
    TallyRepository,
    TallySweeper,
  ],
})
export class IntakeModule {}
