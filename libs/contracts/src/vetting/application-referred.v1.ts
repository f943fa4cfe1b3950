import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { CheckKind } from '../vocabulary/terms.js';

export const ApplicationReferred = defineEvent({
  type: 'vetting.application-referred.v1',
  topic: 'vetting.application',
  key: (data) => data.applicationId,
  says: 'Only a human can decide; the case lies on the worklist.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    check: CheckKind,
    at: Timestamp,
  }),
});
