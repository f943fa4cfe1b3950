import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { Id, Timestamp } from '../vocabulary/coded.js';
import {
  ActivationKind,
  ActivationState,
  CheckKind,
  Nation,
  OutwardCode,
  PublicName,
  PublicNames,
  RoleCode,
  SkillCode,
  Slug,
  Tier,
} from '../vocabulary/terms.js';

/** A role as the plan describes it, with the checks its risk asks for. */
export const ActivationRole = z.strictObject({
  code: RoleCode,
  title: PublicNames,
  tier: Tier,
  checks: z.array(CheckKind),
  minimumAge: z.int().min(16).max(99),
  remote: z.boolean(),
  /** May be done under supervision while checks still run (R39). */
  supervisedOk: z.boolean(),
  skills: z.array(SkillCode),
  /** People cleared per place wanted, above which checks beyond declarations do not start (H18). */
  margin: z.number().min(1).max(10),
});
export type ActivationRole = z.infer<typeof ActivationRole>;

export const ActivationOpened = defineEvent({
  type: 'coordination.activation-opened.v1',
  topic: 'coordination.activation',
  key: (data) => data.activationId,
  says: 'A second person approved an activation; it carries all that other apps need to serve it.',
  data: z.strictObject({
    activationId: Id,
    forumId: Id,

    forumName: PublicName,
    slug: Slug,
    kind: ActivationKind,
    state: ActivationState,
    title: PublicNames,
    nation: Nation,
    openedAt: Timestamp,
    /** Whoever owns applications that no borough can take (noPostcode). */
    desk: z.strictObject({ organisationId: Id, name: PublicName }),
    /** Every organisation that owns a part of the area, by outward code; no code stands in two. */
    owners: z
      .array(
        z.strictObject({
          organisationId: Id,
          name: PublicName,
          district: PublicName,
          outwardCodes: z.array(OutwardCode),
        }),
      )
      .max(60),
    roles: z.array(ActivationRole).max(60),
  }),
});
