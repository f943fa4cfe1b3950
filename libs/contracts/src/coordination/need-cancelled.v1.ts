import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { ReasonCode } from '../vocabulary/terms.js';

export const NeedCancelled = defineEvent({
  type: 'coordination.need-cancelled.v1',
  topic: 'coordination.need',
  key: (data) => data.needId,
  says: 'A need ended before it was met.',
  data: z.strictObject({
    needId: Id,
    activationId: Id,
    forumId: Id,

    reason: ReasonCode,
    at: Timestamp,
  }),
});
