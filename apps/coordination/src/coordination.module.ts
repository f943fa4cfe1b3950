import { Module } from '@nestjs/common';
import { AccessListSource } from '@app/access';
import { CONFIG } from '@app/boot';
import { ProblemsController } from '@app/http';
import { ActivationRepository } from './activations/activation.repository.js';
import { ActivationsHttp } from './activations/activations.http.js';
import { ApproveActivationHandler, MoveActivationHandler, Mover } from './activations/move-activation.command.js';
import { OpenActivation } from './activations/open-activation.js';
import { ActivationsVitals } from './activations/activations.vitals.js';
import { ApprovalsQuery } from './activations/approvals.query.js';
import { RequestActivationHandler } from './activations/request-activation.command.js';
import { RequestQuery } from './activations/request.query.js';
import { ActivationQuery } from './board/activation.query.js';
import { BoardHttp } from './board/board.http.js';
import { IntakeTally } from './board/intake-tally.projection.js';
import { MatchingTally } from './board/matching-tally.projection.js';
import { NotificationTally } from './board/notification-tally.projection.js';
import { TallyRepository } from './board/tally.repository.js';
import { VettingTally } from './board/vetting-tally.projection.js';
import type { CoordinationConfig } from './coordination.settings.js';
import { DocsHttp } from './docs/docs.http.js';
import { Documents } from './docs/documents.js';
import { DecisionLogRepository } from './log/decision-log.repository.js';
import { LogHttp } from './log/log.http.js';
import { LogQuery } from './log/log.query.js';
import { WriteEntryHandler } from './log/write-entry.command.js';
import { AccessListQuery } from './members/access-list.query.js';
import { AuditRepository } from './members/audit.repository.js';
import { FormRefusal } from './members/form-refusal.js';
import { MemberRepository } from './members/member.repository.js';
import { CancelNeedHandler } from './needs/cancel-need.command.js';
import { FollowStaffing } from './needs/follow-staffing.handler.js';
import { KeepNeeds } from './needs/keep-needs.sweeper.js';
import { NeedQuery } from './needs/need.query.js';
import { NeedRepository } from './needs/need.repository.js';
import { NeedsHttp } from './needs/needs.http.js';
import { NeedsVitals } from './needs/needs.vitals.js';
import { NeedsWaitingQuery } from './needs/needs-waiting.query.js';
import { RaiseNeedHandler } from './needs/raise-need.command.js';
import { VerifyNeedHandler } from './needs/verify-need.command.js';
import { AddOrganisationHandler } from './organisations/add-organisation.command.js';
import { OrganisationQuery } from './organisations/organisation.query.js';
import { OrganisationRepository } from './organisations/organisation.repository.js';
import { OrganisationsHttp } from './organisations/organisations.http.js';
import { AddHubHandler } from './places/add-hub.command.js';
import { CatchmentRepository } from './places/catchment.repository.js';
import { HubQuery } from './places/hub.query.js';
import { HubRepository } from './places/hub.repository.js';
import { HubsHttp } from './places/hubs.http.js';
import { PlanQuery } from './plans/plan.query.js';
import { PlanRepository } from './plans/plan.repository.js';
import { PlansHttp } from './plans/plans.http.js';
import { PublishRoleHandler } from './plans/publish-role.command.js';
import { ApprovePlanHandler, SubmitPlanHandler } from './plans/review-plan.command.js';
import { RevisePlanHandler } from './plans/revise-plan.command.js';
import { RoleTemplateRepository } from './plans/role-template.repository.js';
import { RolesHttp } from './plans/roles.http.js';
import { WritePlanHandler } from './plans/write-plan.command.js';
import { ClientSecret } from './sign-in/client-secret.js';
import { Directory } from './sign-in/directory.js';
import { ForgetSessions } from './sign-in/forget-sessions.sweeper.js';
import { SessionRepository } from './sign-in/session.repository.js';
import { BeginSignInHandler, FinishSignInHandler, SignOutHandler } from './sign-in/sign-in.command.js';
import { SignInHttp } from './sign-in/sign-in.http.js';

@Module({
  controllers: [
    SignInHttp,
    OrganisationsHttp,
    HubsHttp,
    PlansHttp,
    RolesHttp,
    ActivationsHttp,
    LogHttp,
    NeedsHttp,
    BoardHttp,
    DocsHttp,
    ProblemsController,
  ],
  providers: [
    { provide: AccessListSource, useClass: AccessListQuery },
    {
      provide: ClientSecret,
      inject: [CONFIG],
      useFactory: (config: CoordinationConfig) => ClientSecret.from(config.SECRETS_DIR),
    },
    AuditRepository,
    FormRefusal,
    MemberRepository,
    Directory,
    SessionRepository,
    BeginSignInHandler,
    FinishSignInHandler,
    SignOutHandler,
    ForgetSessions,
    OrganisationQuery,
    OrganisationRepository,
    AddOrganisationHandler,
    CatchmentRepository,
    HubQuery,
    HubRepository,
    AddHubHandler,
    PlanQuery,
    PlanRepository,
    RoleTemplateRepository,
    WritePlanHandler,
    RevisePlanHandler,
    SubmitPlanHandler,
    ApprovePlanHandler,
    PublishRoleHandler,
    ActivationRepository,
    OpenActivation,
    Mover,
    RequestActivationHandler,
    ApproveActivationHandler,
    MoveActivationHandler,
    RequestQuery,
    ApprovalsQuery,
    ActivationsVitals,
    DecisionLogRepository,
    LogQuery,
    WriteEntryHandler,
    NeedRepository,
    NeedQuery,
    RaiseNeedHandler,
    VerifyNeedHandler,
    CancelNeedHandler,
    FollowStaffing,
    KeepNeeds,
    NeedsWaitingQuery,
    NeedsVitals,
    ActivationQuery,
    Documents,
    TallyRepository,
    IntakeTally,
    VettingTally,
    MatchingTally,
    NotificationTally,
  ],
})
export class CoordinationModule {}
