import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Day, Id } from '../vocabulary/coded.js';
import { AgeBand, Language, OutwardCode, RoleCode, SkillCode, Slot } from '../vocabulary/terms.js';

export const AvailabilityGiven = defineEvent({
  type: 'intake.availability-given.v1',
  topic: 'intake.application',
  key: (data) => data.applicationId,
  says: 'A person said anew when, how far and with what they can help.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

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
