import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { CheckKind, CheckOutcome } from '../vocabulary/terms.js';

export const CheckDetermined = defineEvent({
  type: 'vetting.check-determined.v1',
  topic: 'vetting.application',
  key: (data) => data.applicationId,
  says: 'A check ended with a determination; its content stays with vetting.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    check: CheckKind,
    outcome: CheckOutcome,
    at: Timestamp,
  }),
});
