import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';

export const ApplicationWithdrawn = defineEvent({
  type: 'intake.application-withdrawn.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person withdrew, for whatever reason.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    at: Timestamp,
  }),
});
