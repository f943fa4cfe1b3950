import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Day, Id, Timestamp } from '../vocabulary/coded.js';
import {
  AgeBand,
  Channel,
  IntakeMode,
  Language,
  OutwardCode,
  Reference,
  RoleCode,
  Sealed,
  SkillCode,
  Slot,
} from '../vocabulary/terms.js';

export const ApplicationSubmitted = defineEvent({
  type: 'intake.application-submitted.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'Somebody offered help and holds a receipt.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

    reference: Reference,
    ownerId: Id,
    submittedAt: Timestamp,
    mode: IntakeMode,
    channel: Channel,
    /** Contact compartment, place `application.contact`: givenName, email, phone, address, and the token of the mailed link. */
    contact: Sealed,
    contactVersion: z.int().positive(),
    promiseDueAt: Timestamp,
    language: Language,
    ageBand: AgeBand,
    roles: z.array(RoleCode),
    skills: z.array(SkillCode),
    vehicle: z.boolean(),
    remoteOnly: z.boolean(),
    outwardCode: OutwardCode.nullable(),
    slots: z.array(Slot),
    maxDistanceKm: z.number().min(0).max(500),
    availableFrom: Day,
    /** Grows with each change of the profile, so that a later one is recognised whichever topic brings it. */
    profileVersion: z.int().positive(),
  }),
});
