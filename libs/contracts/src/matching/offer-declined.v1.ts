import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';

export const OfferDeclined = defineEvent({
  type: 'matching.offer-declined.v1',
  topic: 'matching.application',
  key: (data) => data.applicationId,
  says: 'A person said no to an offer; the place is free again.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    offerId: Id,
    needId: Id,
    at: Timestamp,
  }),
});
