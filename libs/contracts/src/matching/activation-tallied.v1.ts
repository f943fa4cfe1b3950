import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { Count } from '../vocabulary/terms.js';

export const MatchingTallied = defineEvent({
  type: 'matching.activation-tallied.v1',
  topic: 'matching.activation',
  key: (data) => data.activationId,
  says: 'Absolute counts of an activation as matching sees them.',
  data: z.strictObject({
    activationId: Id,
    forumId: Id,
    at: Timestamp,
    active: Count,
    reserve: Count,
    offered: Count,
    assigned: Count,
    places: z.strictObject({ wanted: Count, filled: Count }),
  }),
});
