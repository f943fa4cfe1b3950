import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { Count, PoolState } from '../vocabulary/terms.js';

export const ApplicationAdmitted = defineEvent({
  type: 'matching.application-admitted.v1',
  topic: 'matching.application',
  key: (data) => data.applicationId,
  says: 'A cleared person joined the pool; with reserve come the true numbers.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

    pool: PoolState,
    /** People cleared and places open that suit them, at this moment. */
    people: Count,
    places: Count,
    nextContactAt: Timestamp,
    at: Timestamp,
  }),
});
