import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { CheckKind, ReasonCode } from '../vocabulary/terms.js';

export const CheckDelayed = defineEvent({
  type: 'vetting.check-delayed.v1',
  topic: 'vetting.application',
  key: (data) => data.applicationId,
  says: 'A provider has been silent or away for longer than is normal.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    check: CheckKind,
    reason: ReasonCode,
    at: Timestamp,
  }),
});
