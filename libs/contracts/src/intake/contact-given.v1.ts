import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id } from '../vocabulary/coded.js';
import { Channel, Language, Sealed } from '../vocabulary/terms.js';

export const ContactGiven = defineEvent({
  type: 'intake.contact-given.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person gave another contact, channel or language.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

    language: Language,
    channel: Channel,
    /** As in application-submitted. */
    contact: Sealed,
    contactVersion: z.int().positive(),
  }),
});
