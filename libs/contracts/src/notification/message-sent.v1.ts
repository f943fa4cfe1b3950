import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { MessageKind, Transport } from '../vocabulary/terms.js';

export const MessageSent = defineEvent({
  type: 'notification.message-sent.v1',
  topic: 'notification.message',
  key: (data) => data.applicationId,
  says: 'A provider took a message; the time of sending judges the promise.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    messageId: Id,
    kind: MessageKind,
    transport: Transport,
    /** The promise the message kept stood until then. */
    sentAt: Timestamp,
  }),
});
