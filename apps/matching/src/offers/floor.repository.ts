import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { NEED } from '../demand/demand.repository.js';
import type { Need } from '../demand/need.js';
import { MemberRepository } from '../pool/member.repository.js';
import type { Offer } from './offer.js';
import type { Floor, Shift } from './places.decider.js';

const OFFER = `offer_id as "offerId", need_id as "needId", application_id as "applicationId", activation_id as "activationId",
  forum_id as "forumId", state, wave, made_at as "madeAt", respond_by as "respondBy", answered_at as "answeredAt",
  starts_at as "startsAt", ends_at as "endsAt"`;

@Injectable()
export class FloorRepository {
  constructor(private readonly members: MemberRepository) {}

  /**
   * Locks what a decision about places needs, always in the same order, so that nobody waits for each other:
   * needs, then offers, then people, each by id.
   */
  async lock(
    tx: Transaction,
    of: { offerIds?: readonly string[]; needIds?: readonly string[]; applicationIds?: readonly string[] },
  ): Promise<Floor> {
    const db = sql(tx);
    const offerIds = [...new Set(of.offerIds ?? [])];
    const known = await db.query<{ needId: string; applicationId: string }>(
      'select need_id as "needId", application_id as "applicationId" from offer where offer_id = any($1::uuid[])',
      [offerIds],
    );
    const needIds = [...new Set([...(of.needIds ?? []), ...known.map(({ needId }) => needId)])];
    const needs = await db.query<Need>(
      `select ${NEED} from need where need_id = any($1::uuid[]) order by need_id for update`,
      [needIds],
    );
    const offers = await db.query<Offer>(
      `select ${OFFER} from offer where offer_id = any($1::uuid[]) order by offer_id for update`,
      [offerIds],
    );
    const people = [...(of.applicationIds ?? []), ...known.map(({ applicationId }) => applicationId)];
    const members = await this.members.lock(tx, people);
    return {
      needs: new Map(needs.map((need) => [need.needId, need])),
      offers: new Map(offers.map((offer) => [offer.offerId, offer])),
      members,
      shifts: await this.shifts(tx, people),
    };
  }

  async shifts(tx: Transaction, applicationIds: readonly string[]): Promise<Shift[]> {
    return sql(tx).query<Shift>(
      `select offer_id as "offerId", application_id as "applicationId", starts_at as "startsAt", ends_at as "endsAt"
         from offer where application_id = any($1::uuid[]) and state = 'accepted'`,
      [[...new Set(applicationIds)]],
    );
  }

  /** Offers and assignments of these people that still stand. */
  async liveOf(
    tx: Transaction,
    applicationIds: readonly string[],
    now: Date,
  ): Promise<{ offerId: string; applicationId: string; roleCode: string }[]> {
    return sql(tx).query(
      `select o.offer_id as "offerId", o.application_id as "applicationId", n.role_code as "roleCode"
         from offer o join need n using (need_id)
        where o.application_id = any($1::uuid[]) and (o.state = 'sent' or (o.state = 'accepted' and o.ends_at > $2))`,
      [[...new Set(applicationIds)], now],
    );
  }

  async due(tx: Transaction, before: Date, limit: number): Promise<string[]> {
    const rows = await sql(tx).query<{ id: string }>(
      `select offer_id as id from offer where state = 'sent' and respond_by < $1 order by respond_by limit $2`,
      [before, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** What remains of needs that ended, filled or began: offers, and of cancelled ones assignments too. */
  async leftOver(
    tx: Transaction,
    limit: number,
  ): Promise<{ needIds: string[]; offers: { offerId: string; reason: string }[] }> {
    const db = sql(tx);
    const needs = await db.query<{ needId: string; cancelled: boolean; full: boolean }>(
      `select need_id as "needId", state = 'cancelled' as cancelled, filled >= places as full from need where wind_up order by need_id limit 20`,
    );
    const offers = await db.query<{ offerId: string; needId: string }>(
      `select o.offer_id as "offerId", o.need_id as "needId" from offer o join need n using (need_id)
        where o.need_id = any($1::uuid[])
          and (o.state = 'sent' and (n.state = 'cancelled' or n.filled >= n.places) or o.state = 'accepted' and n.state = 'cancelled')
        order by o.offer_id limit $2`,
      [needs.map(({ needId }) => needId), limit],
    );
    const reasons = new Map(needs.map((need) => [need.needId, need.cancelled ? 'need-cancelled' : 'places-filled']));
    return {
      needIds: needs.map(({ needId }) => needId),
      offers: offers.map(({ offerId, needId }) => ({ offerId, reason: reasons.get(needId)! })),
    };
  }

  async woundUp(tx: Transaction, needIds: readonly string[]): Promise<void> {
    await sql(tx).run(
      `update need n set wind_up = false where need_id = any($1::uuid[]) and not exists (
         select from offer o where o.need_id = n.need_id
            and (o.state = 'sent' and (n.state = 'cancelled' or n.filled >= n.places) or o.state = 'accepted' and n.state = 'cancelled'))`,
      [needIds],
    );
  }

  /** What these people have had from these needs before: turned down, cancelled, or left unanswered. */
  async past(
    tx: Transaction,
    applicationIds: readonly string[],
    needIds: readonly string[],
  ): Promise<{ applicationId: string; needId: string; final: boolean; lapses: number }[]> {
    return sql(tx).query(
      `select application_id as "applicationId", need_id as "needId",
              bool_or(state in ('declined', 'cancelled', 'accepted', 'refused')) as final,
              (count(*) filter (where state = 'lapsed'))::int as lapses
         from offer where application_id = any($1::uuid[]) and need_id = any($2::uuid[]) group by 1, 2`,
      [applicationIds, needIds],
    );
  }

  async insertOffers(tx: Transaction, offers: readonly Offer[]): Promise<void> {
    await sql(tx).insert(
      'offer',
      {
        offer_id: 'uuid',
        need_id: 'uuid',
        application_id: 'uuid',
        activation_id: 'uuid',
        forum_id: 'uuid',
        state: 'text',
        wave: 'int',
        made_at: 'timestamptz',
        respond_by: 'timestamptz',
        starts_at: 'timestamptz',
        ends_at: 'timestamptz',
      },
      offers.map((offer) => ({
        offer_id: offer.offerId,
        need_id: offer.needId,
        application_id: offer.applicationId,
        activation_id: offer.activationId,
        forum_id: offer.forumId,
        state: offer.state,
        wave: offer.wave,
        made_at: offer.madeAt,
        respond_by: offer.respondBy,
        starts_at: offer.startsAt,
        ends_at: offer.endsAt,
      })),
    );
  }

  async updateOffers(tx: Transaction, offers: readonly Offer[]): Promise<void> {
    await sql(tx).update(
      'offer',
      { offer_id: 'uuid' },
      { state: 'text', answered_at: 'timestamptz' },
      offers.map((offer) => ({ offer_id: offer.offerId, state: offer.state, answered_at: offer.answeredAt })),
    );
  }

  async updateNeeds(tx: Transaction, needs: readonly Need[]): Promise<void> {
    await sql(tx).update(
      'need',
      { need_id: 'uuid' },
      {
        filled: 'int',
        open: 'int',
        accepted: 'int',
        closed: 'int',
        wave: 'int',
        version: 'int',
        wind_up: 'boolean',
        exhausted: 'boolean',
      },
      needs.map((need) => ({
        need_id: need.needId,
        filled: need.filled,
        open: need.open,
        accepted: need.accepted,
        closed: need.closed,
        wave: need.wave,
        version: need.version,
        wind_up: need.windUp,
        exhausted: need.exhausted,
      })),
    );
  }
}
