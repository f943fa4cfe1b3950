import type { OfferAnswer } from '@app/contracts';
import type { Need } from '../demand/need.js';
import { inPool, type Member } from '../pool/member.js';
import type { Offer } from './offer.js';

/** Needs, offers and people that are locked together; decisions replace entries, never alter them. */
export interface Floor {
  readonly needs: Map<string, Need>;
  readonly offers: Map<string, Offer>;
  readonly members: Map<string, Member>;
  /** Accepted shifts of these people, also those whose offers are not locked here. */
  readonly shifts: readonly Shift[];
}

export interface Shift {
  readonly offerId: string;
  readonly applicationId: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

export type PlaceFact = { readonly offer: Offer } & (
  | { readonly is: 'made'; readonly reasons: readonly string[] }
  | { readonly is: 'lapsed' | 'declined' | 'confirmed' }
  | { readonly is: 'withdrawn' | 'refused' | 'cancelled'; readonly reason: string }
);

/** A free place becomes an offer; null when the person or the need has moved on meanwhile. */
export function offered(
  floor: Floor,
  of: { offerId: string; needId: string; applicationId: string; respondBy: Date; wave: number },
  reasons: readonly string[],
  now: Date,
): PlaceFact | null {
  const need = floor.needs.get(of.needId);
  const member = floor.members.get(of.applicationId);
  if (!need || need.state !== 'open' || need.filled >= need.places) return null;
  if (!member || !inPool(member) || member.paused || member.openOffers > 0) return null;
  if (!member.clearedRoles.includes(need.roleCode)) return null;
  const offer: Offer = {
    offerId: of.offerId,
    needId: need.needId,
    applicationId: member.applicationId,
    activationId: need.activationId,
    forumId: need.forumId,
    state: 'sent',
    wave: of.wave,
    madeAt: now,
    respondBy: of.respondBy,
    answeredAt: null,
    startsAt: need.startsAt,
    endsAt: need.endsAt,
  };
  floor.offers.set(offer.offerId, offer);
  floor.needs.set(need.needId, { ...need, open: need.open + 1, wave: Math.max(need.wave, of.wave) });
  floor.members.set(member.applicationId, {
    ...member,
    offersMade: member.offersMade + 1,
    openOffers: member.openOffers + 1,
    changedAt: now,
  });
  return { is: 'made', offer, reasons };
}

/** A person's answer; when it was received decides, not when it came here. An answer to another's offer means nothing. */
export function answeredOffer(
  floor: Floor,
  given: { offerId: string; applicationId: string; answer: OfferAnswer; at: Date },
  now: Date,
): PlaceFact | null {
  const offer = floor.offers.get(given.offerId);
  if (!offer || offer.applicationId !== given.applicationId) return null;
  switch (given.answer) {
    case 'accept':
      return accepted(floor, offer, given.at, now);
    case 'decline':
      if (offer.state !== 'sent') return null;
      return { is: 'declined', offer: closed(floor, offer, 'declined', given.at, now) };
    case 'cancel':
      if (offer.state === 'accepted')
        return { is: 'cancelled', offer: freed(floor, offer, 'cancelled', given.at, now), reason: 'person-cancelled' };
      if (offer.state !== 'sent') return null;
      return { is: 'declined', offer: closed(floor, offer, 'declined', given.at, now) };
  }
}

function accepted(floor: Floor, offer: Offer, at: Date, now: Date): PlaceFact | null {
  if (offer.state === 'accepted' || offer.state === 'refused') return null;
  const need = floor.needs.get(offer.needId);
  const member = floor.members.get(offer.applicationId);
  if (!need || !member) return null;
  const refuse = (reason: string): PlaceFact => ({
    is: 'refused',
    reason,
    offer:
      offer.state === 'sent'
        ? closed(floor, offer, 'refused', at, now)
        : replaced(floor, { ...offer, state: 'refused', answeredAt: at }),
  });
  if (need.state !== 'open') return refuse('need-cancelled');
  if (need.filled >= need.places) return refuse('places-filled');
  if (offer.state === 'withdrawn' || offer.state === 'declined' || offer.state === 'cancelled')
    return refuse('too-late');
  if (at > offer.respondBy) return refuse('too-late');
  if (!inPool(member)) return refuse('not-in-pool');
  if (floor.shifts.some((shift) => overlaps(shift, offer))) return refuse('overlapping-shift');
  const done = replaced(floor, { ...offer, state: 'accepted', answeredAt: at });
  const wasOut = offer.state === 'sent';
  const filled = need.filled + 1;
  floor.needs.set(need.needId, {
    ...need,
    filled,
    accepted: need.accepted + 1,
    // An offer that had lapsed before its answer came was counted as closed.
    open: need.open - (wasOut ? 1 : 0),
    closed: need.closed - (wasOut ? 0 : 1),
    version: need.version + 1,
    windUp: need.windUp || filled >= need.places,
  });
  floor.members.set(member.applicationId, {
    ...member,
    openOffers: member.openOffers - (wasOut ? 1 : 0),
    assigned: member.assigned + 1,
    changedAt: now,
  });
  (floor.shifts as Shift[]).push({
    offerId: done.offerId,
    applicationId: done.applicationId,
    startsAt: done.startsAt,
    endsAt: done.endsAt,
  });
  return { is: 'confirmed', offer: done };
}

export function lapsedOffer(floor: Floor, offerId: string, now: Date): PlaceFact | null {
  const offer = floor.offers.get(offerId);
  if (offer?.state !== 'sent' || offer.respondBy > now) return null;
  return { is: 'lapsed', offer: closed(floor, offer, 'lapsed', null, now) };
}

/** Offer or assignment ends for a reason that is not the person's answer. */
export function endedOffer(floor: Floor, offerId: string, reason: string, now: Date): PlaceFact | null {
  const offer = floor.offers.get(offerId);
  if (offer?.state === 'sent') return { is: 'withdrawn', offer: closed(floor, offer, 'withdrawn', null, now), reason };
  if (offer?.state === 'accepted')
    return { is: 'cancelled', offer: freed(floor, offer, 'withdrawn', null, now), reason };
  return null;
}

function closed(floor: Floor, offer: Offer, state: Offer['state'], at: Date | null, now: Date): Offer {
  const need = floor.needs.get(offer.needId)!;
  const member = floor.members.get(offer.applicationId)!;
  const counts = state === 'withdrawn' ? 0 : 1;
  floor.needs.set(need.needId, { ...need, open: need.open - 1, closed: need.closed + counts });
  floor.members.set(member.applicationId, { ...member, openOffers: member.openOffers - 1, changedAt: now });
  return replaced(floor, { ...offer, state, answeredAt: at });
}

/** A place that was taken is free again; whoever looks for people looks anew. */
function freed(floor: Floor, offer: Offer, state: Offer['state'], at: Date | null, now: Date): Offer {
  const need = floor.needs.get(offer.needId)!;
  const member = floor.members.get(offer.applicationId)!;
  floor.needs.set(need.needId, { ...need, filled: need.filled - 1, version: need.version + 1, exhausted: false });
  floor.members.set(member.applicationId, { ...member, assigned: member.assigned - 1, changedAt: now });
  const left = floor.shifts.filter((shift) => shift.offerId !== offer.offerId);
  (floor.shifts as Shift[]).splice(0, floor.shifts.length, ...left);
  return replaced(floor, { ...offer, state, answeredAt: at ?? offer.answeredAt });
}

function replaced(floor: Floor, offer: Offer): Offer {
  floor.offers.set(offer.offerId, offer);
  return offer;
}

const overlaps = (shift: Shift, offer: Offer): boolean =>
  shift.applicationId === offer.applicationId &&
  shift.offerId !== offer.offerId &&
  shift.startsAt < offer.endsAt &&
  offer.startsAt < shift.endsAt;
