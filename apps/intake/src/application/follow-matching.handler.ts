import { Clock } from '@app/calendar';
import {
  ApplicationAdmitted,
  AssignmentCancelled,
  AssignmentConfirmed,
  OfferDeclined,
  OfferLapsed,
  OfferMade,
  OfferRefused,
  OfferWithdrawn,
} from '@app/contracts';
import { foldByKey, Handles, type Batch, type BatchHandler, type Received, type Tx } from '@app/messaging';
import { rises, type OfferState } from '../offers/offer.decider.js';
import { OfferRepository, type Offer } from '../offers/offer.repository.js';
import { ApplicationBooks } from './application-books.js';
import { ApplicationRepository } from './application.repository.js';
import { followMatching, type MatchingFact, type Shift } from './matching.decider.js';
import { settle } from './settle.decider.js';

const STATE: Readonly<Record<string, OfferState>> = {
  [OfferMade.type]: 'sent',
  [AssignmentConfirmed.type]: 'accepted',
  [OfferLapsed.type]: 'lapsed',
  [OfferDeclined.type]: 'declined',
  [OfferWithdrawn.type]: 'withdrawn',
  [OfferRefused.type]: 'refused',
  [AssignmentCancelled.type]: 'cancelled',
};

@Handles(
  [
    ApplicationAdmitted,
    OfferMade,
    OfferLapsed,
    OfferDeclined,
    OfferWithdrawn,
    OfferRefused,
    AssignmentConfirmed,
    AssignmentCancelled,
  ],
  'intake.follow-matching',
  { from: 'beginning' },
)
export class FollowMatching implements BatchHandler {
  constructor(
    private readonly applications: ApplicationRepository,
    private readonly offers: OfferRepository,
    private readonly books: ApplicationBooks,
    private readonly clock: Clock,
  ) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    const now = this.clock.now();
    const byApplication = foldByKey(events);
    const known = await this.applications.lock(tx, [...byApplication.keys()]);
    const offers = await this.offers.lock(tx, [...new Set(events.flatMap(({ data }) => data.offerId ?? []))].sort());
    const touched = new Map<string, Offer>();
    const settled = [...known].map(([id, application]) => {
      const facts = byApplication.get(id)!.flatMap((event) => this.move(event, offers, touched));
      return settle(
        application,
        facts.map((fact) => (before) => followMatching(before, fact, now)),
      );
    });
    await this.offers.save(
      tx,
      [...touched.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    await this.books.enter(tx, settled, new Map(events.map((event) => [event.id, event])));
  }

  /** Moves the offer, if it does move; only then has the fact anything to tell. */
  private move(event: Received, offers: Map<string, Offer>, touched: Map<string, Offer>): MatchingFact[] {
    const data = event.data;
    const told = { cause: event.id, at: new Date(data.at) };
    if (event.type === ApplicationAdmitted.type) {
      const { pool, people, places, nextContactAt } = data;
      return [{ ...told, is: 'application-admitted', pool, people, places, nextContactAt: new Date(nextContactAt) }];
    }
    const before = offers.get(data.offerId) ?? null;
    const state = STATE[event.type]!;
    const moves = rises(before?.state ?? null, state);
    const offer = { ...(before ?? unheard(data)), ...detailsOf(event), ...(moves && { state }) };
    offers.set(offer.id, offer);
    touched.set(offer.id, offer);
    return moves ? [factOf(event, told, shiftOf(offer))] : [];
  }
}

const unheard = (data: Received['data']): Offer => ({
  id: data.offerId,
  applicationId: data.applicationId,
  activationId: data.activationId,
  forumId: data.forumId,
  roleCode: null,
  roleTitle: null,
  place: null,
  startsAt: null,
  endsAt: null,
  respondBy: null,
  reasons: null,
  state: 'sent',
  answeredAt: null,
});

const detailsOf = ({ type, data }: Received): Partial<Offer> => {
  if (type !== OfferMade.type && type !== AssignmentConfirmed.type) return {};
  const shift = {
    roleTitle: data.roleTitle,
    place: data.place,
    startsAt: new Date(data.startsAt),
    endsAt: new Date(data.endsAt),
  };
  return type === OfferMade.type
    ? { ...shift, roleCode: data.roleCode, respondBy: new Date(data.respondBy), reasons: data.reasons }
    : shift;
};

const shiftOf = ({ roleTitle, place, startsAt, endsAt }: Offer): Shift | null =>
  roleTitle && place && startsAt && endsAt ? { roleTitle, place, startsAt, endsAt } : null;

const factOf = ({ type, data }: Received, told: { cause: string; at: Date }, shift: Shift | null): MatchingFact => {
  const of = { ...told, offerId: data.offerId as string };
  switch (type) {
    case OfferMade.type:
      return { ...of, is: 'offer-made', shift: shift!, respondBy: new Date(data.respondBy) };
    case AssignmentConfirmed.type:
      return { ...of, is: 'assignment-confirmed', shift: shift! };
    case OfferLapsed.type:
      return { ...of, is: 'offer-lapsed', shift };
    case OfferDeclined.type:
      return { ...of, is: 'offer-declined', shift };
    case OfferWithdrawn.type:
      return { ...of, is: 'offer-withdrawn', reason: data.reason, shift };
    case OfferRefused.type:
      return { ...of, is: 'offer-refused', reason: data.reason, shift };
    default:
      return { ...of, is: 'assignment-cancelled', reason: data.reason, shift };
  }
};
