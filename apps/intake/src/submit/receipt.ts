import type { Catalogues } from '@app/language';
import { formatInstant } from '@app/language';
import type { Receipt } from './submission.js';

/** The body of the 202, in the words and the language of the person. */
export interface ReceiptBody {
  readonly id: string;
  readonly reference: string;
  readonly state: 'submitted';
  readonly owner: { readonly id: string; readonly name: string };
  readonly promise: { readonly dueAt: string; readonly says: string };
  readonly statusUrl?: string;
}

export const receiptBody = (
  receipt: Receipt,
  o: { catalogues: Catalogues; origin: string; withLink: boolean },
): ReceiptBody => ({
  id: receipt.applicationId,
  reference: receipt.reference,
  state: 'submitted',
  owner: { id: receipt.owner.id, name: receipt.owner.name },
  promise: {
    dueAt: receipt.dueAt.toISOString(),
    says: o.catalogues.say(receipt.language, `submit.receipt.${receipt.words}`, {
      owner: receipt.owner.name,
      due: formatInstant(receipt.language, receipt.dueAt),
    }),
  },
  ...(o.withLink && { statusUrl: `${o.origin}/s/${receipt.token}` }),
});
