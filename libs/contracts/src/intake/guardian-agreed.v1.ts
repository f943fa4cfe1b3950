import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';

export const GuardianAgreed = defineEvent({
  type: 'intake.guardian-agreed.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'The guardian of somebody aged 16 or 17 said yes; until then nothing is asked of that person and no role is theirs.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    at: Timestamp,
  }),
});
