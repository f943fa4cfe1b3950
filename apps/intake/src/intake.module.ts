import { Module } from '@nestjs/common';
import { Acting } from './application/act.js';
import { ApplicationHttp } from './application/application.http.js';
import { ApplicationTrace } from './trace/application.trace.js';
import { ChangeProfileHandler } from './application/change-profile.command.js';
import { ComplainHandler } from './application/complain.command.js';
import { ComplaintRepository } from './application/complaint.repository.js';
import { EraseApplicationHandler } from './application/erase-application.command.js';
import { PauseApplicationHandler, ResumeApplicationHandler } from './application/pause-application.command.js';
import { ProfileRepository } from './application/profile.repository.js';
import { StaffApplicationQuery } from './application/staff-application.query.js';
import { WithdrawApplicationHandler } from './application/withdraw-application.command.js';
import { ApplyHttp } from './apply/apply.http.js';
import { FormAgain } from './apply/form-again.js';
import { DraftHttp } from './drafts/draft.http.js';
import { DraftQuery } from './drafts/draft.query.js';
import { DraftRepository } from './drafts/draft.repository.js';
import { ExpireDrafts } from './drafts/expire-drafts.sweeper.js';
import { MintDraftHandler, SaveDraftHandler } from './drafts/save-draft.command.js';
import { LandingHttp } from './landing/landing.http.js';
import { LandingQuery } from './landing/landing.query.js';
import { ConfirmContactHandler, DisownContactHandler } from './links/confirm-contact.command.js';
import { LinkQuery } from './links/link.query.js';
import { AskForCodeHandler, GiveCodeHandler } from './links/step-up.command.js';
import { StepUpRepository } from './links/step-up.repository.js';
import { AnswerOfferHandler } from './offers/answer-offer.command.js';
import { PromiseVitals } from './promise/promise.vitals.js';
import { HeldDataQuery } from './status/held-data.query.js';
import { StandingQuery } from './trace/standing.query.js';
import { StatusHttp } from './status/status.http.js';
import { StatusQuery } from './status/status.query.js';
import { StatusStream } from './status/status-stream.js';
import { StatusVersionsQuery } from './status/status-versions.query.js';
import { FormReader } from './submit/form-reader.js';
import { IntakeModeLever } from './submit/intake-mode.lever.js';
import { SubmitVitals } from './submit/submit.vitals.js';
import { AnswerTaskHandler } from './tasks/answer-task.command.js';
import { ProviderPageQuery } from './tasks/provider-page.query.js';
import { TaskAnswerRepository } from './tasks/task-answer.repository.js';
import { ApplicationBooks } from './application/application-books.js';
import { ApplicationRepository } from './application/application.repository.js';
import { FollowMatching } from './application/follow-matching.handler.js';
import { FollowVetting } from './application/follow-vetting.handler.js';
import { TimelineRepository } from './application/timeline.repository.js';
import { AnswerGuardianHandler } from './guardian/answer-guardian.command.js';
import { AskGuardians } from './guardian/ask-guardians.sweeper.js';
import { GuardianHttp } from './guardian/guardian.http.js';
import { GuardianQuery } from './guardian/guardian.query.js';
import { GuardianRepository } from './guardian/guardian.repository.js';
import { ActivationQuery } from './landing/activation.query.js';
import { ActivationRepository } from './landing/activation.repository.js';
import { FollowActivations } from './landing/follow-activations.handler.js';
import { NeedProjection } from './landing/need.projection.js';
import { StaffingProjection } from './landing/staffing.projection.js';
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
  controllers: [SubmitHttp, ApplicationHttp, DraftHttp, StatusHttp, GuardianHttp, LandingHttp, ApplyHttp],
  providers: [
    ActivationRepository,
    ActivationQuery,
    FollowActivations,
    NeedProjection,
    StaffingProjection,
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
    Acting,
    ApplicationTrace,
    StandingQuery,
    ChangeProfileHandler,
    ComplainHandler,
    ComplaintRepository,
    EraseApplicationHandler,
    PauseApplicationHandler,
    ResumeApplicationHandler,
    ProfileRepository,
    StaffApplicationQuery,
    WithdrawApplicationHandler,
    FormAgain,
    DraftQuery,
    DraftRepository,
    ExpireDrafts,
    MintDraftHandler,
    SaveDraftHandler,
    LandingQuery,
    ConfirmContactHandler,
    DisownContactHandler,
    LinkQuery,
    AskForCodeHandler,
    GiveCodeHandler,
    StepUpRepository,
    AskGuardians,
    AnswerGuardianHandler,
    GuardianQuery,
    GuardianRepository,
    AnswerOfferHandler,
    PromiseVitals,
    HeldDataQuery,
    StatusQuery,
    StatusStream,
    StatusVersionsQuery,
    FormReader,
    IntakeModeLever,
    SubmitVitals,
    AnswerTaskHandler,
    ProviderPageQuery,
    TaskAnswerRepository,
  ],
})
export class IntakeModule {}
