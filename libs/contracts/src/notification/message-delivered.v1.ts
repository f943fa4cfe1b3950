import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { MessageKind, Transport } from '../vocabulary/terms.js';

export const MessageDelivered = defineEvent({
  type: 'notification.message-delivered.v1',
  topic: 'notification.message',
  key: (data) => data.applicationId,
  says: 'A provider reported a message as delivered.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    messageId: Id,
    kind: MessageKind,
    transport: Transport,
    at: Timestamp,
  }),
});
