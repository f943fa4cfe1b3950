import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { Count } from '../vocabulary/terms.js';

export const NeedStaffed = defineEvent({
  type: 'matching.need-staffed.v1',
  topic: 'matching.need',
  key: (data) => data.needId,
  says: 'Absolute numbers of places and of people assigned for a need.',
  data: z.strictObject({
    needId: Id,
    activationId: Id,
    forumId: Id,
    places: Count,
    filled: Count,
    at: Timestamp,
  }),
});
