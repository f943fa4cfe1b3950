import { Injectable } from '@nestjs/common';
import {
  AssignmentCancelled,
  AssignmentConfirmed,
  NeedStaffed,
  OfferDeclined,
  OfferLapsed,
  OfferMade,
  OfferRefused,
  OfferWithdrawn,
} from '@app/contracts';
import { DomainError } from '@app/database';
import type { Received, Tx } from '@app/messaging';
import { deltasOf } from '../board/tally.js';
import { TallyRepository } from '../board/tally.repository.js';
import { DemandRepository } from '../demand/demand.repository.js';
import { placeOf, type Activation, type Need } from '../demand/need.js';
import type { Member } from '../pool/member.js';
import { MemberRepository } from '../pool/member.repository.js';
import { FloorRepository } from './floor.repository.js';
import type { Floor, PlaceFact } from './places.decider.js';

/** A floor under work, beside what it was when it was locked. */
export interface Work {
  readonly floor: Floor;
  readonly before: {
    readonly needs: Map<string, Need>;
    readonly offers: Map<string, unknown>;
    readonly members: Map<string, Member>;
  };
}

/** A fact about a person, said in their own order. */
export interface SaidOf {
  readonly fact: PlaceFact;
  readonly causedBy?: Received | undefined;
}

/** Locks places with the people on them, and writes back what was decided: rows in sets, counts as deltas, facts last. */
@Injectable()
export class FloorKeeper {
  constructor(
    private readonly floors: FloorRepository,
    private readonly members: MemberRepository,
    private readonly demand: DemandRepository,
    private readonly tallies: TallyRepository,
  ) {}

  async open(tx: Tx, of: Parameters<FloorRepository['lock']>[1]): Promise<Work> {
    const floor = await this.floors.lock(tx, of);
    const { needs, offers, members } = floor;
    return { floor, before: { needs: new Map(needs), offers: new Map(offers), members: new Map(members) } };
  }

  /** People who are new to the floor must not be in `before`. */
  async close(tx: Tx, { floor, before }: Work, said: readonly SaidOf[], now: Date): Promise<void> {
    const activations = await this.demand.activations(
      tx,
      said.map(({ fact }) => fact.offer.activationId),
    );
    for (const one of said) this.publish(tx, floor, activations, one, now);
    const needs = changed(floor.needs, before.needs);
    const members = changed(floor.members, before.members);
    await this.floors.updateNeeds(tx, needs);
    await this.members.insert(
      tx,
      members.filter(({ applicationId }) => !before.members.has(applicationId)),
    );
    await this.members.update(
      tx,
      members.filter(({ applicationId }) => before.members.has(applicationId)),
    );
    const offers = changed(floor.offers, before.offers as Floor['offers']);
    await this.floors.insertOffers(
      tx,
      offers.filter(({ offerId }) => !before.offers.has(offerId)),
    );
    await this.floors.updateOffers(
      tx,
      offers.filter(({ offerId }) => before.offers.has(offerId)),
    );
    const { tallies, lines } = deltasOf(
      members.map((after) => ({ before: before.members.get(after.applicationId) ?? null, after })),
    );
    await this.tallies.count(tx, tallies, lines);
    const staffed = needs.filter((need) => need.version !== before.needs.get(need.needId)?.version);
    tx.publish(
      NeedStaffed,
      staffed.map(({ needId, activationId, forumId, places, filled, version }) => ({
        sequence: version,
        data: { needId, activationId, forumId, places, filled, at: now.toISOString() },
      })),
    );
  }

  private publish(tx: Tx, floor: Floor, activations: Map<string, Activation>, said: SaidOf, now: Date): void {
    const { fact, causedBy } = said;
    const { offerId, needId, applicationId, activationId, forumId } = fact.offer;
    const member = floor.members.get(applicationId)!;
    floor.members.set(applicationId, { ...member, version: member.version + 1 });
    const meta = { sequence: member.version + 1, at: now, ...(causedBy ? { causedBy } : {}) };
    const data = { applicationId, activationId, forumId, offerId, needId, at: now.toISOString() };
    switch (fact.is) {
      case 'lapsed':
        return tx.publish(OfferLapsed, [{ ...meta, data }]);
      case 'declined':
        return tx.publish(OfferDeclined, [{ ...meta, data }]);
      case 'withdrawn':
        return tx.publish(OfferWithdrawn, [{ ...meta, data: { ...data, reason: fact.reason } }]);
      case 'refused':
        return tx.publish(OfferRefused, [{ ...meta, data: { ...data, reason: fact.reason } }]);
      case 'cancelled':
        return tx.publish(AssignmentCancelled, [{ ...meta, data: { ...data, reason: fact.reason } }]);
      case 'confirmed':
        return tx.publish(AssignmentConfirmed, [
          { ...meta, data: { ...data, ...shiftOf(floor, activations, needId) } },
        ]);
      case 'made': {
        const { roleCode } = floor.needs.get(needId)!;
        const { wave, respondBy } = fact.offer;
        const offer = { roleCode, wave, respondBy: respondBy.toISOString(), reasons: [...fact.reasons] };
        return tx.publish(OfferMade, [
          { ...meta, data: { ...data, ...shiftOf(floor, activations, needId), ...offer } },
        ]);
      }
    }
  }
}

function shiftOf(floor: Floor, activations: Map<string, Activation>, needId: string) {
  const need = floor.needs.get(needId)!;
  const role = activations.get(need.activationId)?.roles[need.roleCode];
  if (!role) throw new DomainError('role-unknown', `the plan has no role ${need.roleCode}`);
  return {
    roleTitle: role.title,
    place: placeOf(need),
    startsAt: need.startsAt.toISOString(),
    endsAt: need.endsAt.toISOString(),
  };
}

const changed = <T>(now: ReadonlyMap<string, T>, then: ReadonlyMap<string, T>): T[] =>
  [...now].filter(([id, value]) => then.get(id) !== value).map(([, value]) => value);
