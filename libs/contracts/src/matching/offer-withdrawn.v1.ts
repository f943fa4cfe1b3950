import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { ReasonCode } from '../vocabulary/terms.js';

export const OfferWithdrawn = defineEvent({
  type: 'matching.offer-withdrawn.v1',
  topic: 'matching.application',
  key: (data) => data.applicationId,
  says: 'An offer ended because the need did, or its places were filled.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    offerId: Id,
    needId: Id,
    reason: ReasonCode,
    at: Timestamp,
  }),
});
