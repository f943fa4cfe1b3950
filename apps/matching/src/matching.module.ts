import { Module } from '@nestjs/common';
import { DemandHealthQuery } from './board/demand-health.query.js';
import { DemandVitals } from './board/demand.vitals.js';
import { MatchingHttp } from './board/matching.http.js';
import { MemberTraceQuery } from './board/member-trace.query.js';
import { MemberTrace } from './board/member.trace.js';
import { NeedsQuery } from './board/needs.query.js';
import { TallyRepository } from './board/tally.repository.js';
import { TallyMatching } from './board/tally.sweeper.js';
import { DemandRepository } from './demand/demand.repository.js';
import { FollowActivations } from './demand/follow-activations.handler.js';
import { FollowNeeds } from './demand/follow-needs.handler.js';
import { ExpireOffers } from './offers/expire-offers.sweeper.js';
import { FloorKeeper } from './offers/floor-keeper.js';
import { FloorRepository } from './offers/floor.repository.js';
import { MakeOffers } from './offers/make-offers.sweeper.js';
import { OffersHttp } from './offers/offers.http.js';
import { OffersQuery } from './offers/offers.query.js';
import { WindUp } from './offers/wind-up.sweeper.js';
import { FollowIntake } from './pool/follow-intake.handler.js';
import { FollowVetting } from './pool/follow-vetting.handler.js';
import { MemberRepository } from './pool/member.repository.js';
import { ReviewPool } from './pool/review-pool.sweeper.js';
import { ReviewRepository } from './pool/review.repository.js';

@Module({
  controllers: [OffersHttp, MatchingHttp],
  providers: [
    DemandRepository,
    FollowActivations,
    FollowNeeds,
    MemberRepository,
    FollowVetting,
    FollowIntake,
    ReviewRepository,
    ReviewPool,
    FloorRepository,
    FloorKeeper,
    MakeOffers,
    ExpireOffers,
    WindUp,
    OffersQuery,
    NeedsQuery,
    TallyRepository,
    TallyMatching,
    DemandHealthQuery,
    DemandVitals,
    MemberTraceQuery,
    MemberTrace,
  ],
})
export class MatchingModule {}
