import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { ReasonCode } from '../vocabulary/terms.js';

export const OfferRefused = defineEvent({
  type: 'matching.offer-refused.v1',
  topic: 'matching.application',
  key: (data) => data.applicationId,
  says: 'An acceptance came too late or for a place already taken.',
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
