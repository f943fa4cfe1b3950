import type { OfferAnswer } from '@app/contracts';

export type OfferState =
  'sent' | 'confirming' | 'accepted' | 'declined' | 'lapsed' | 'withdrawn' | 'refused' | 'cancelling' | 'cancelled';

/** States only rise: what matching settled is not undone by a late fact or click. */
const RANK: Readonly<Record<OfferState, number>> = {
  sent: 0,
  confirming: 1,
  accepted: 2,
  cancelling: 3,
  declined: 4,
  lapsed: 4,
  withdrawn: 4,
  refused: 4,
  cancelled: 4,
};

export const rises = (from: OfferState | null, to: OfferState): boolean => from === null || RANK[to] > RANK[from];

export type Answered =
  { readonly is: 'taken'; readonly state: OfferState } | { readonly is: 'refused'; readonly code: string };

/** The time of receipt decides; an answer after respond-by still goes to matching, which tells what became of the place. */
export const answer = (state: OfferState, given: OfferAnswer): Answered => {
  switch (given) {
    case 'accept':
      if (state === 'sent' || state === 'confirming') return { is: 'taken', state: 'confirming' };
      return state === 'accepted' ? { is: 'taken', state } : { is: 'refused', code: 'offer-closed' };
    case 'decline':
      if (state === 'sent' || state === 'confirming') return { is: 'taken', state: 'confirming' };
      return state === 'declined' ? { is: 'taken', state } : { is: 'refused', code: 'offer-closed' };
    case 'cancel':
      if (state === 'accepted' || state === 'confirming') return { is: 'taken', state: 'cancelling' };
      return state === 'cancelling' || state === 'cancelled'
        ? { is: 'taken', state }
        : { is: 'refused', code: 'offer-closed' };
  }
};
