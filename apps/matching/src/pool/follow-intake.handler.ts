import {
  ApplicationAdmitted,
  ApplicationErased,
  ApplicationPaused,
  ApplicationResumed,
  ApplicationWithdrawn,
  AvailabilityGiven,
  OfferAnswered,
} from '@app/contracts';
import { Clock, workingDaysAfter } from '@app/calendar';
import { PostcodeTable, type OutwardCodeRow } from '@app/geography';
import { foldByKey, Handles, type Batch, type BatchHandler, type Received, type Tx } from '@app/messaging';
import { DemandRepository } from '../demand/demand.repository.js';
import { FloorKeeper, type SaidOf, type Work } from '../offers/floor-keeper.js';
import { FloorRepository } from '../offers/floor.repository.js';
import { answeredOffer, endedOffer } from '../offers/places.decider.js';
import { inPool, newMember, profileOf, type Member } from './member.js';
import { MemberRepository } from './member.repository.js';
import { OddsBoard } from './odds.js';

/** What people say for themselves, in their own order: when they can help, that they rest or leave, and answers to offers. */
@Handles(
  [AvailabilityGiven, ApplicationPaused, ApplicationResumed, ApplicationWithdrawn, ApplicationErased, OfferAnswered],
  'matching.follow-intake',
  { from: 'beginning' },
)
export class FollowIntake implements BatchHandler {
  constructor(
    private readonly members: MemberRepository,
    private readonly demand: DemandRepository,
    private readonly floors: FloorRepository,
    private readonly keeper: FloorKeeper,
    private readonly postcodes: PostcodeTable,
    private readonly clock: Clock,
  ) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    const now = this.clock.now();
    const resting = events.filter(
      (event) => event.is(ApplicationPaused) || event.is(ApplicationWithdrawn) || event.is(ApplicationErased),
    );
    const live = await this.floors.liveOf(
      tx,
      resting.map((event) => event.key),
      now,
    );
    const answered = events.flatMap((event) => (event.is(OfferAnswered) ? [event.data.offerId] : []));
    const work = await this.keeper.open(tx, {
      offerIds: [...live.map(({ offerId }) => offerId), ...answered],
      applicationIds: events.map((event) => event.key),
    });
    const places = await this.postcodes.find(
      tx,
      events.flatMap((event) =>
        event.is(AvailabilityGiven) && event.data.outwardCode ? [event.data.outwardCode] : [],
      ),
    );
    const said: SaidOf[] = [];
    const resumed: Received[] = [];
    for (const own of foldByKey(events).values()) {
      for (const event of own) {
        said.push(...this.step(work, event, live, places, now));
        if (event.is(ApplicationResumed)) resumed.push(event);
      }
    }
    await this.tellAgain(tx, work, resumed, now);
    await this.keeper.close(tx, work, said, now);
  }

  private step(
    { floor }: Work,
    event: Received,
    live: readonly { offerId: string; applicationId: string }[],
    places: Map<string, OutwardCodeRow>,
    now: Date,
  ): SaidOf[] {
    if (event.is(OfferAnswered)) {
      const { offerId, applicationId, answer, answeredAt } = event.data;
      const fact = answeredOffer(floor, { offerId, applicationId, answer, at: new Date(answeredAt) }, now);
      return fact ? [{ fact, causedBy: event }] : [];
    }
    const known = floor.members.get(event.key) ?? newMember(event.data, now);
    const next = moved(known, event, places, now);
    if (next === known) return [];
    floor.members.set(event.key, next);
    if (!next.paused && !next.ended) return [];
    // Who rests keeps what they accepted; who leaves gives it back.
    const reason = next.ended ? 'person-left' : 'person-paused';
    return live
      .filter(
        ({ offerId, applicationId }) =>
          applicationId === event.key && (next.ended || floor.offers.get(offerId)?.state === 'sent'),
      )
      .flatMap(({ offerId }) => {
        const fact = endedOffer(floor, offerId, reason, now);
        return fact ? [{ fact, causedBy: event }] : [];
      });
  }

  /** Back from a rest: in line again, where they were, with the numbers of today. */
  private async tellAgain(tx: Tx, { floor }: Work, resumed: readonly Received[], now: Date): Promise<void> {
    const back = resumed.filter((event) => {
      const member = floor.members.get(event.key);
      return member && inPool(member) && !member.paused;
    });
    if (back.length === 0) return;
    const ids = back.map((event) => event.data.activationId as string);
    const activations = await this.demand.activations(tx, ids);
    const needs = Map.groupBy(await this.demand.wanting(tx, ids, now), (need) => need.activationId);
    const lines = await this.members.line(tx, ids);
    for (const event of back) {
      const member = floor.members.get(event.key)!;
      const { applicationId, activationId, forumId } = member;
      const activation = activations.get(activationId);
      const board = new OddsBoard(activation, needs.get(activationId) ?? [], lines.get(activationId));
      const odds = board.of(member);
      floor.members.set(applicationId, { ...member, version: member.version + 1 });
      tx.publish(ApplicationAdmitted, [
        {
          sequence: member.version + 1,
          at: now,
          causedBy: event,
          data: {
            applicationId,
            activationId,
            forumId,
            pool: member.pool!,
            people: odds.people + 1,
            places: odds.places,
            nextContactAt: workingDaysAfter(now, 5, activation?.nation ?? 'england').toISOString(),
            at: now.toISOString(),
          },
        },
      ]);
    }
  }
}

function moved(known: Member, event: Received, places: Map<string, OutwardCodeRow>, now: Date): Member {
  if (known.ended && !event.is(ApplicationErased)) return known;
  if (event.is(AvailabilityGiven)) {
    if (event.data.profileVersion <= known.profileVersion) return known;
    const place = event.data.outwardCode ? places.get(event.data.outwardCode) : undefined;
    return {
      ...known,
      profile: profileOf(event.data),
      profileVersion: event.data.profileVersion,
      latitude: place?.latitude ?? null,
      longitude: place?.longitude ?? null,
      changedAt: now,
    };
  }
  if (event.is(ApplicationPaused)) return { ...known, paused: true, pausedUntil: event.data.until, changedAt: now };
  if (event.is(ApplicationResumed)) return { ...known, paused: false, pausedUntil: null, changedAt: now };
  const ended: Member = { ...known, ended: true, pool: 'left', changedAt: now };
  return event.is(ApplicationErased)
    ? { ...ended, profile: null, latitude: null, longitude: null, clearedRoles: [], tier: null }
    : ended;
}
