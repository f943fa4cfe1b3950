import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Day, Id, Timestamp } from '../vocabulary/coded.js';

export const ApplicationPaused = defineEvent({
  type: 'intake.application-paused.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person asked for no offers for a while.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    at: Timestamp,
    until: Day.nullable(),
  }),
});
