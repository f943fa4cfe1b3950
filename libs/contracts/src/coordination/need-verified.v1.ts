import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import { OutwardCode, PublicName, RoleCode, SkillCode } from '../vocabulary/terms.js';

export const NeedVerified = defineEvent({
  type: 'coordination.need-verified.v1',
  topic: 'coordination.need',
  key: (data) => data.needId,
  says: 'A need was screened and opened to volunteers. Address and notes stay sealed with coordination.',
  data: z.strictObject({
    needId: Id,
    activationId: Id,
    forumId: Id,

    organisationId: Id,
    organisationName: PublicName,
    roleCode: RoleCode,
    places: z.int().min(1).max(10000),
    outwardCode: OutwardCode.nullable(),
    district: PublicName.nullable(),
    startsAt: Timestamp,
    endsAt: Timestamp,
    skills: z.array(SkillCode),
    remote: z.boolean(),
  }),
});
