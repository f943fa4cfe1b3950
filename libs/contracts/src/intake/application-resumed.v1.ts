import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';

export const ApplicationResumed = defineEvent({
  type: 'intake.application-resumed.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person is ready for offers again.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    at: Timestamp,
  }),
});
