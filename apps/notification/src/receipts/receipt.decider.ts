/** What GOV.UK Notify says became of a text or a letter. */
export type ReceiptStatus = 'delivered' | 'permanent-failure' | 'temporary-failure' | 'technical-failure';

export type Received =
  { readonly state: 'delivered'; readonly reason: null } | { readonly state: 'failed'; readonly reason: string };

/** Statuses on the way (`sending`, `sent`) tell nothing new. A receipt ends the message; another transport may follow. */
export const read = (status: string): Received | null => {
  switch (status) {
    case 'delivered':
    case 'received':
      return { state: 'delivered', reason: null };
    case 'permanent-failure':
      return { state: 'failed', reason: 'address-refused' };
    case 'temporary-failure':
      return { state: 'failed', reason: 'not-delivered' };
    case 'technical-failure':
    case 'validation-failed':
    case 'virus-scan-failed':
      return { state: 'failed', reason: 'provider-failure' };
    default:
      return null;
  }
};
