import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { CheckKind } from '../vocabulary/terms.js';

export const CheckSent = defineEvent({
  type: 'vetting.check-sent.v1',
  topic: 'vetting.application',
  key: (data) => data.applicationId,
  says: 'A check is with its provider.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    check: CheckKind,
    at: Timestamp,
  }),
});
