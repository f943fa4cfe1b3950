/** sent → accepted | declined | lapsed | withdrawn | refused; accepted (the assignment) → cancelled | withdrawn. */
export type OfferState = 'sent' | 'accepted' | 'declined' | 'lapsed' | 'withdrawn' | 'refused' | 'cancelled';

export interface Offer {
  readonly offerId: string;
  readonly needId: string;
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly state: OfferState;
  readonly wave: number;
  readonly madeAt: Date;
  readonly respondBy: Date;
  readonly answeredAt: Date | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
}
