import {
  ActivationOpened,
  ApplicationCleared,
  NeedCancelled,
  NeedVerified,
  OfferAnswered,
  type OfferAnswer,
} from '@app/contracts';
import { PostcodeTable } from '@app/geography';
import { uuidv7, type Received } from '@app/messaging';
import { Metrics } from '@app/telemetry';
import { FixedClock, received, testDatabase, type TestDatabase } from '@app/testing';
import { TallyRepository } from './board/tally.repository.js';
import { TallyMatching } from './board/tally.sweeper.js';
import { DemandRepository } from './demand/demand.repository.js';
import { FollowActivations } from './demand/follow-activations.handler.js';
import { FollowNeeds } from './demand/follow-needs.handler.js';
import { ExpireOffers } from './offers/expire-offers.sweeper.js';
import { FloorKeeper } from './offers/floor-keeper.js';
import { FloorRepository } from './offers/floor.repository.js';
import { MakeOffers } from './offers/make-offers.sweeper.js';
import { WindUp } from './offers/wind-up.sweeper.js';
import { FollowIntake } from './pool/follow-intake.handler.js';
import { FollowVetting } from './pool/follow-vetting.handler.js';
import { MemberRepository } from './pool/member.repository.js';
import { ReviewPool } from './pool/review-pool.sweeper.js';
import { ReviewRepository } from './pool/review.repository.js';

type Profile = Partial<Received<typeof ApplicationCleared>['data']>;

export const matchingDatabase = async (clock: FixedClock): Promise<TestDatabase> => {
  const migrations = new URL('../migrations/', import.meta.url);
  const db = await testDatabase({ schema: 'matching', migrations, clock, poolSize: 10 });
  await db.adminSql(
    `insert into geography.outward_code (outward_code, latitude, longitude, district, town)
     values ('OL1', 53.54, -2.11, 'Oldham', 'Oldham'), ('OL2', 53.57, -2.11, 'Oldham', 'Royton'), ('BL1', 53.59, -2.43, 'Bolton', 'Bolton')`,
  );
  return db;
};

/** For specs: matching's parts on a database of their own, and the events that reach them. */
export interface Matching {
  readonly db: TestDatabase;
  readonly clock: FixedClock;
  readonly activationId: string;
  readonly forumId: string;
  readonly followVetting: FollowVetting;
  readonly followIntake: FollowIntake;
  readonly followNeeds: FollowNeeds;
  readonly makeOffers: MakeOffers;
  readonly expireOffers: ExpireOffers;
  readonly windUp: WindUp;
  readonly reviewPool: ReviewPool;
  readonly tally: TallyMatching;
  cleared(profile?: Profile, sequence?: number): Received<typeof ApplicationCleared>;
  need(places: number, more?: Partial<Received<typeof NeedVerified>['data']>): Promise<string>;
  cancelNeed(needId: string): Promise<void>;
  answer(
    offer: { offerId: string; applicationId: string },
    answer: OfferAnswer,
    at?: Date,
  ): Received<typeof OfferAnswered>;
  whose(applicationId: string): { applicationId: string; activationId: string; forumId: string };
  offers(needId: string): Promise<{ offerId: string; applicationId: string; state: string }[]>;
  said(applicationId: string): Promise<string[]>;
}

/** Empties what an earlier test left, so that one database serves them all. */
export async function matching(db: TestDatabase, clock: FixedClock): Promise<Matching> {
  clock.set(new Date('2026-11-23T10:00:00Z'));
  const [activationId, forumId] = [uuidv7(), uuidv7()];
  await db.adminSql(
    'truncate matching.activation, matching.need, matching.member, matching.offer, matching.tally, matching.tally_delta, matching.line, matching.line_delta, matching.journal',
  );
  const demand = new DemandRepository();
  const members = new MemberRepository();
  const floors = new FloorRepository(members);
  const tallies = new TallyRepository();
  const keeper = new FloorKeeper(floors, members, demand, tallies);
  const postcodes = new PostcodeTable();
  const { database, transactions } = db;
  const role = (code: string, minimumAge = 16) => ({
    code,
    title: { en: `Role ${code}`, cy: `Rol ${code}` },
    tier: 'low' as const,
    checks: ['declaration' as const],
    minimumAge,
    remote: false,
    supervisedOk: false,
    skills: [],
    margin: 1.5,
  });
  await db.deliver(new FollowActivations(demand), [
    received(ActivationOpened, {
      activationId,
      forumId,
      forumName: 'A forum',
      slug: 'a-flood',
      kind: 'actual',
      state: 'active',
      title: { en: 'A flood', cy: 'Llifogydd' },
      nation: 'england',
      openedAt: '2026-11-23T08:00:00Z',
      desk: { organisationId: uuidv7(), name: 'The desk' },
      owners: [],
      roles: [role('sandbags'), role('driver', 18)],
    }),
  ]);
  const followNeeds = new FollowNeeds(demand, postcodes, clock);
  const whose = (applicationId: string) => ({ applicationId, activationId, forumId });
  return {
    db,
    clock,
    activationId,
    forumId,
    followNeeds,
    followVetting: new FollowVetting(members, demand, floors, keeper, postcodes, clock),
    followIntake: new FollowIntake(members, demand, floors, keeper, postcodes, clock),
    makeOffers: new MakeOffers(database, transactions, demand, members, floors, keeper, clock, new Metrics('matching')),
    expireOffers: new ExpireOffers(transactions, floors, keeper, clock),
    windUp: new WindUp(transactions, floors, keeper, clock),
    reviewPool: new ReviewPool(database, transactions, new ReviewRepository(), demand, members, tallies, clock),
    tally: new TallyMatching(transactions, tallies, clock),
    whose,
    cleared: (profile = {}, sequence = 1) =>
      received(
        ApplicationCleared,
        {
          ...whose(uuidv7()),
          tier: 'low',
          clearedRoles: ['sandbags'],
          clearedAt: clock.now().toISOString(),
          language: 'en',
          ageBand: '18-plus',
          roles: [],
          skills: [],
          vehicle: false,
          remoteOnly: false,
          outwardCode: 'OL1',
          slots: ['weekday-morning'],
          maxDistanceKm: 10,
          availableFrom: '2026-11-20',
          profileVersion: 1,
          ...profile,
        },
        { sequence },
      ),
    need: async (places, more = {}) => {
      const needId = uuidv7();
      const event = received(NeedVerified, {
        needId,
        activationId,
        forumId,
        organisationId: uuidv7(),
        organisationName: 'Action in Oldham',
        roleCode: 'sandbags',
        places,
        outwardCode: 'OL1',
        district: 'Oldham',
        startsAt: '2026-11-25T10:00:00Z',
        endsAt: '2026-11-25T14:00:00Z',
        skills: [],
        remote: false,
        ...more,
      });
      await db.deliver(followNeeds, [event]);
      return needId;
    },
    cancelNeed: (needId) =>
      db.deliver(followNeeds, [
        received(
          NeedCancelled,
          { needId, activationId, forumId, reason: 'no-longer-needed', at: clock.now().toISOString() },
          { sequence: 2 },
        ),
      ]),
    answer: ({ offerId, applicationId }, answer, at = clock.now()) =>
      received(OfferAnswered, { ...whose(applicationId), offerId, answer, answeredAt: at.toISOString() }),
    offers: (needId) =>
      db.sql(
        'select offer_id as "offerId", application_id as "applicationId", state from offer where need_id = $1 order by offer_id',
        [needId],
      ),
    said: async (applicationId) =>
      (await db.published())
        .filter(({ key }) => key === applicationId)
        .map(({ type, data }) => [type.split('.')[1], data.pool ?? data.reason].filter(Boolean).join(' ')),
  };
}
