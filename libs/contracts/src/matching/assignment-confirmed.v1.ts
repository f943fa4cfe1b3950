import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { PublicName, PublicNames } from '../vocabulary/terms.js';

export const AssignmentConfirmed = defineEvent({
  type: 'matching.assignment-confirmed.v1',
  topic: 'matching.application',
  key: (data) => data.applicationId,
  says: 'An accepted offer became an assignment.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    offerId: Id,
    needId: Id,
    roleTitle: PublicNames,
    place: PublicName,
    startsAt: Timestamp,
    endsAt: Timestamp,
    at: Timestamp,
  }),
});
