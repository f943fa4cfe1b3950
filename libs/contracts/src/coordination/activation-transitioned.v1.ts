import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { ActivationState, ReasonCode } from '../vocabulary/terms.js';

export const ActivationTransitioned = defineEvent({
  type: 'coordination.activation-transitioned.v1',
  topic: 'coordination.activation',
  key: (data) => data.activationId,
  says: 'An activation moved to another state.',
  data: z.strictObject({
    activationId: Id,
    forumId: Id,

    from: ActivationState,
    to: ActivationState,
    reason: ReasonCode.optional(),
    at: Timestamp,
  }),
});
