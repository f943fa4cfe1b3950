import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { ReasonCode, TaskCode } from '../vocabulary/terms.js';

export const TaskSet = defineEvent({
  type: 'vetting.task-set.v1',
  topic: 'vetting.application',
  key: (data) => data.applicationId,
  says: 'Vetting needs something from the person before it can go on.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

    task: TaskCode,
    /** `first` or why it is asked again: `no-match`, `certificate-replaced`. */
    reason: ReasonCode,
    /** The provider page to go to, when there is one, is behind the status page; nothing personal stands here. */
    at: Timestamp,
  }),
});
