import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { ReasonCode } from '../vocabulary/terms.js';

export const AssignmentCancelled = defineEvent({
  type: 'matching.assignment-cancelled.v1',
  topic: 'matching.application',
  key: (data) => data.applicationId,
  says: 'An assignment ended before its shift.',
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
