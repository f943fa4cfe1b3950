import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { PublicName, PublicNames, ReasonCode, RoleCode } from '../vocabulary/terms.js';

export const OfferMade = defineEvent({
  type: 'matching.offer-made.v1',
  topic: 'matching.application',
  key: (data) => data.applicationId,
  says: 'A place was offered in a fair wave.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    offerId: Id,
    needId: Id,
    roleCode: RoleCode,
    roleTitle: PublicNames,
    place: PublicName,
    startsAt: Timestamp,
    endsAt: Timestamp,
    respondBy: Timestamp,
    wave: z.int().positive(),
    /** Why this person, for the offer page: `waited-longest`, `has-skill`, `nearby`. */
    reasons: z.array(ReasonCode),
    at: Timestamp,
  }),
});
