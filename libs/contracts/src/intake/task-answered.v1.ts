import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { Sealed, TaskCode } from '../vocabulary/terms.js';

export const TaskAnswered = defineEvent({
  type: 'intake.task-answered.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person completed something that vetting had asked for.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

    task: TaskCode,
    /** Checks compartment, place `task.answers`. */
    answers: Sealed,
    answersVersion: z.int().positive(),
    answeredAt: Timestamp,
  }),
});
