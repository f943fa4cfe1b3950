import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';

export const OfferLapsed = defineEvent({
  type: 'matching.offer-lapsed.v1',
  topic: 'matching.application',
  key: (data) => data.applicationId,
  says: 'An offer was not answered in time; the person stays in line.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    offerId: Id,
    needId: Id,
    at: Timestamp,
  }),
});
