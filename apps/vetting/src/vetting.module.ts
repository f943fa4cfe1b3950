import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CONFIG } from '@app/boot';
import { CaseTrace } from './board/case.trace.js';
import { CaseTraceQuery } from './board/case-trace.query.js';
import { WaitingVitals } from './board/waiting.vitals.js';
import { WorkloadQuery } from './board/workload.query.js';
import { CertificateRepository } from './checks/certificate.repository.js';
import { CheckDesk } from './checks/check-desk.js';
import { OutwardRepository } from './checks/outward.repository.js';
import { OverdueRepository } from './checks/overdue.repository.js';
import { PurgeResults } from './checks/purge-results.sweeper.js';
import { TellOfDelay } from './checks/tell-of-delay.sweeper.js';
import { CaseKeeper } from './clearance/case-keeper.js';
import { CaseRepository } from './clearance/case.repository.js';
import { FollowIntake } from './clearance/follow-intake.handler.js';
import { OpenWaitingCases } from './clearance/open-waiting-cases.sweeper.js';
import { TallyRepository } from './clearance/tally.repository.js';
import { TallyVetting } from './clearance/tally.sweeper.js';
import { DbsFeeder } from './dbs/dbs.feeder.js';
import { DbsProcessor } from './dbs/dbs.processor.js';
import { DbsProvider } from './dbs/dbs.provider.js';
import { UpdateServiceProvider } from './dbs/update-service.provider.js';
import { IdentityFeeder } from './identity/identity.feeder.js';
import { IdentityProcessor } from './identity/identity.processor.js';
import { IdentityProvider } from './identity/identity.provider.js';
import { SessionIdentityProvider } from './identity/session-identity.provider.js';
import { FollowActivations } from './policy/follow-activations.handler.js';
import { PolicyRepository } from './policy/policy.repository.js';
import type { VettingConfig } from './vetting.settings.js';
import { ChecksHttp } from './worklist/checks.http.js';
import { ChecksQuery } from './worklist/checks.query.js';
import { DetermineCheckHandler } from './worklist/determine-check.command.js';
import { DeterminationRepository } from './worklist/determination.repository.js';
import { OpenCaseHandler } from './worklist/open-case.command.js';
import { WorklistHttp } from './worklist/worklist.http.js';

@Module({
  imports: [CqrsModule],
  controllers: [ChecksHttp, WorklistHttp],
  providers: [
    PolicyRepository,
    FollowActivations,
    CaseRepository,
    CaseKeeper,
    TallyRepository,
    FollowIntake,
    OpenWaitingCases,
    TallyVetting,
    OutwardRepository,
    OverdueRepository,
    CertificateRepository,
    CheckDesk,
    TellOfDelay,
    PurgeResults,
    {
      provide: IdentityProvider,
      useFactory: (config: VettingConfig) => new SessionIdentityProvider(config.IDENTITY_URL),
      inject: [CONFIG],
    },
    IdentityFeeder,
    IdentityProcessor,
    {
      provide: DbsProvider,
      useFactory: (config: VettingConfig) =>
        new UpdateServiceProvider(config.DBS_URL, {
          organisationName: config.DBS_ORGANISATION,
          employeeForename: config.DBS_FORENAME,
          employeeSurname: config.DBS_SURNAME,
        }),
      inject: [CONFIG],
    },
    DbsFeeder,
    DbsProcessor,
    ChecksQuery,
    DeterminationRepository,
    OpenCaseHandler,
    DetermineCheckHandler,
    WorkloadQuery,
    WaitingVitals,
    CaseTraceQuery,
    CaseTrace,
  ],
})
export class VettingModule {}
