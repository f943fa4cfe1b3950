import {
  ApplicationAdmitted,
  ApplicationCleared,
  ApplicationConditionallyCleared,
  ApplicationDeclined,
} from '@app/contracts';
import { Clock } from '@app/calendar';
import { PostcodeTable, type OutwardCodeRow } from '@app/geography';
import { foldByKey, Handles, type Batch, type BatchHandler, type Received, type Tx } from '@app/messaging';
import { DemandRepository } from '../demand/demand.repository.js';
import { FloorKeeper, type SaidOf, type Work } from '../offers/floor-keeper.js';
import { FloorRepository } from '../offers/floor.repository.js';
import { endedOffer } from '../offers/places.decider.js';
import { inPool, newMember, profileOf, type Member } from './member.js';
import { MemberRepository } from './member.repository.js';
import { OddsBoard } from './odds.js';
import { admitted } from './pool.decider.js';

type Cleared = Received<typeof ApplicationCleared> | Received<typeof ApplicationConditionallyCleared>;

/** Whoever is cleared joins the pool and is told how things stand; whoever is no longer cleared leaves what needs it. */
@Handles([ApplicationCleared, ApplicationConditionallyCleared, ApplicationDeclined], 'matching.follow-vetting', {
  from: 'beginning',
})
export class FollowVetting implements BatchHandler {
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
    // Only the last word of each person counts: every clearance says all that it allows.
    const last = [...foldByKey(events).values()].map((own) => own.at(-1)!);
    const ids = last.map((event) => event.key);
    const live = await this.floors.liveOf(tx, ids, now);
    const work = await this.keeper.open(tx, { offerIds: live.map(({ offerId }) => offerId), applicationIds: ids });
    const codes = last.flatMap((event) =>
      'outwardCode' in event.data && event.data.outwardCode ? [event.data.outwardCode as string] : [],
    );
    const places = await this.postcodes.find(tx, codes);
    const joined: Received[] = [];
    for (const event of last) {
      const known = work.floor.members.get(event.key) ?? newMember(event.data, now);
      if (event.sequence <= known.clearanceSequence) continue;
      const next = event.is(ApplicationDeclined)
        ? left(known, event, now)
        : cleared(known, event as Cleared, places, now);
      work.floor.members.set(event.key, next);
      if (known.pool === null && inPool(next)) joined.push(event);
    }
    const said = this.ended(work, live, now);
    await this.admit(tx, work, joined, now);
    await this.keeper.close(tx, work, said, now);
  }

  /** Offers and assignments for roles that a person may no longer do. */
  private ended(
    { floor }: Work,
    live: readonly { offerId: string; applicationId: string; roleCode: string }[],
    now: Date,
  ): SaidOf[] {
    return live.flatMap(({ offerId, applicationId, roleCode }) => {
      const member = floor.members.get(applicationId);
      if (member && inPool(member) && member.clearedRoles.includes(roleCode)) return [];
      const fact = endedOffer(floor, offerId, 'clearance-ended', now);
      return fact ? [{ fact }] : [];
    });
  }

  private async admit(tx: Tx, { floor }: Work, joined: readonly Received[], now: Date): Promise<void> {
    if (joined.length === 0) return;
    const activationIds = joined.map((event) => event.data.activationId as string);
    const activations = await this.demand.activations(tx, activationIds);
    const needs = Map.groupBy(await this.demand.wanting(tx, activationIds, now), (need) => need.activationId);
    const lines = await this.members.line(tx, activationIds);
    const boards = new Map<string, OddsBoard>();
    for (const event of joined) {
      const member = floor.members.get(event.key)!;
      const { activationId, applicationId, forumId } = member;
      let board = boards.get(activationId);
      if (!board) {
        board = new OddsBoard(activations.get(activationId), needs.get(activationId) ?? [], lines.get(activationId));
        boards.set(activationId, board);
      }
      const { pool, people, places, nextContactAt } = admitted(
        board.of(member),
        activations.get(activationId)?.nation ?? 'england',
        now,
      );
      board.joined(member);
      floor.members.set(applicationId, { ...member, pool, version: member.version + 1 });
      tx.publish(ApplicationAdmitted, [
        {
          sequence: member.version + 1,
          at: now,
          causedBy: event,
          data: {
            applicationId,
            activationId,
            forumId,
            pool,
            // The person belongs to those who wait.
            people: people + 1,
            places,
            nextContactAt: nextContactAt.toISOString(),
            at: now.toISOString(),
          },
        },
      ]);
    }
  }
}

function cleared(known: Member, { data, sequence }: Cleared, places: Map<string, OutwardCodeRow>, now: Date): Member {
  const seen = { ...known, clearanceSequence: sequence };
  if (known.ended) return seen;
  const newer = data.profileVersion > known.profileVersion;
  const place = data.outwardCode ? places.get(data.outwardCode) : undefined;
  return {
    ...seen,
    // Provisional: who joins is put where the numbers say.
    pool: known.pool === null ? 'reserve' : known.pool,
    clearedAt: known.clearedAt ?? new Date(data.clearedAt),
    tier: data.tier,
    clearedRoles: data.clearedRoles,
    ...(newer
      ? {
          profile: profileOf(data),
          profileVersion: data.profileVersion,
          latitude: place?.latitude ?? null,
          longitude: place?.longitude ?? null,
        }
      : {}),
    changedAt: now,
  };
}

const left = (known: Member, { sequence }: Received, now: Date): Member => ({
  ...known,
  clearanceSequence: sequence,
  pool: 'left',
  clearedRoles: [],
  changedAt: now,
});
