import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { CheckKind, Sealed } from '../vocabulary/terms.js';

export const CheckSent = defineEvent({
  type: 'vetting.check-sent.v1',
  topic: 'vetting.application',
  key: (data) => data.applicationId,
  says: 'A check is with its provider.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,
    check: CheckKind,
    at: Timestamp,
    /** Checks compartment, place `check.provider-page`: `{ url }`, where the person goes on, when the provider has a page. */
    providerPage: Sealed.optional(),
    providerPageVersion: z.int().positive().optional(),
  }),
});
