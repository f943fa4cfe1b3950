import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { Count } from '../vocabulary/terms.js';

export const VettingTallied = defineEvent({
  type: 'vetting.activation-tallied.v1',
  topic: 'vetting.activation',
  key: (data) => data.activationId,
  says: 'Absolute counts of an activation as vetting sees them.',
  data: z.strictObject({
    activationId: Id,
    forumId: Id,
    at: Timestamp,
    checking: Count,
    awaitingApplicant: Count,
    decisionDue: Count,
    cleared: Count,
    declined: Count,
  }),
});
