import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { MessageKind, ReasonCode, Transport } from '../vocabulary/terms.js';

export const MessageFailed = defineEvent({
  type: 'notification.message-failed.v1',
  topic: 'notification.message',
  key: (data) => data.applicationId,
  says: 'A message reached nobody and will not be tried again by this transport.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    messageId: Id,
    kind: MessageKind,
    transport: Transport,
    reason: ReasonCode,
    at: Timestamp,
  }),
});
