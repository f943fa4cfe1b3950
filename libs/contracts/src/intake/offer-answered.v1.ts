import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { OfferAnswer } from '../vocabulary/terms.js';

export const OfferAnswered = defineEvent({
  type: 'intake.offer-answered.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person accepted, declined or cancelled an offer; the time of receipt decides.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

    offerId: Id,
    answer: OfferAnswer,
    answeredAt: Timestamp,
  }),
});
