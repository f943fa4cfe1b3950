import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';

export const ApplicationErased = defineEvent({
  type: 'intake.application-erased.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person had their data erased; their keys are gone.',
  outlivesErasure: true,
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    at: Timestamp,
  }),
});
