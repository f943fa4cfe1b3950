import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import {
  Channel,
  CheckKind,
  Count,
  IntakeMode,
  MessageKind,
  PublicName,
  PublicNames,
  ReasonCode,
  Reference,
  Sealed,
  TaskCode,
  Urgency,
} from '../vocabulary/terms.js';

/** Coded facts a template may use; which ones, the kind says. */
export const MessageFacts = z.strictObject({
  mode: IntakeMode.optional(),
  task: TaskCode.optional(),
  check: CheckKind.optional(),
  reason: ReasonCode.optional(),
  conditional: z.boolean().optional(),
  people: Count.optional(),
  places: Count.optional(),
  offerId: Id.optional(),
  roleTitle: PublicNames.optional(),
  place: PublicName.optional(),
  startsAt: Timestamp.optional(),
  endsAt: Timestamp.optional(),
  respondBy: Timestamp.optional(),
  reviewAt: Timestamp.optional(),
  /** Contact compartment, place `message.code.<messageId>`, version 1. */
  code: Sealed.optional(),
});
export type MessageFacts = z.infer<typeof MessageFacts>;

export const MessageRequested = defineEvent({
  type: 'intake.message-requested.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person is owed a message; whatever promise it states stands in it.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

    /** Id of the message and its reference at the provider: one cause, one message. */
    messageId: Id,
    kind: MessageKind,
    urgency: Urgency,
    reference: Reference,
    ownerName: PublicName,
    promiseDueAt: Timestamp.nullable(),
    facts: MessageFacts,
    /** Another place than where the person is reached now: the contact that was replaced, or a guardian. Place `message.contact.<messageId>`, version 1. */
    to: z.strictObject({ channel: Channel, contact: Sealed }).optional(),
  }),
});
