import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { Count } from '../vocabulary/terms.js';

export const NotificationTallied = defineEvent({
  type: 'notification.activation-tallied.v1',
  topic: 'notification.activation',
  key: (data) => data.activationId,
  says: 'Absolute counts of messages of an activation.',
  data: z.strictObject({
    activationId: Id,
    forumId: Id,
    at: Timestamp,
    queued: Count,
    sent: Count,
    delivered: Count,
    failed: Count,
  }),
});
