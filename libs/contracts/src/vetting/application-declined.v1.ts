import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { ReasonCode } from '../vocabulary/terms.js';

export const ApplicationDeclined = defineEvent({
  type: 'vetting.application-declined.v1',
  topic: 'vetting.application',
  key: (data) => data.applicationId,
  says: 'Two people found a person not suitable; they may appeal.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    reason: ReasonCode,
    appealUntil: Timestamp,
    at: Timestamp,
  }),
});
