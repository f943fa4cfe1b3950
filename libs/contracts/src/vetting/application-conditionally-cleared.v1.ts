import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Day, Id, Timestamp } from '../vocabulary/coded.js';
import { AgeBand, Language, OutwardCode, RoleCode, SkillCode, Slot, Tier } from '../vocabulary/terms.js';

export const ApplicationConditionallyCleared = defineEvent({
  type: 'vetting.application-conditionally-cleared.v1',
  topic: 'vetting.application',
  key: (data) => data.applicationId,
  says: 'Supervised roles may start while further checks run.',
  data: z.strictObject({
    applicationId: Id,
    activationId: Id,
    forumId: Id,

    tier: Tier,
    /** Roles of the plan the person may now do. */
    clearedRoles: z.array(RoleCode),
    clearedAt: Timestamp,
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
