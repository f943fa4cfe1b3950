import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { ApplicationState, Count, IntakeMode } from '../vocabulary/terms.js';

export const IntakeTallied = defineEvent({
  type: 'intake.activation-tallied.v1',
  topic: 'intake.activation',
  key: (data) => data.activationId,
  says: 'Absolute counts of an activation as intake sees them; at most one a second.',
  data: z.strictObject({
    activationId: Id,
    forumId: Id,

    at: Timestamp,
    mode: IntakeMode,
    applied: Count,
    duplicates: Count,
    byState: z.record(ApplicationState, Count),
    promises: z.strictObject({
      open: Count,
      dueWithin24h: Count,
      overdue: Count,
      keptWithNews: Count,
      keptNoNews: Count,
      notReached: Count,
      broken: Count,
    }),
  }),
});
