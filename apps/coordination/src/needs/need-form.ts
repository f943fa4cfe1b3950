import { z } from 'zod';
import { RoleCode, SkillCode } from '@app/contracts';

export const NeedForm = z
  .strictObject({
    /** Id or slug. */
    activation: z.string().trim().min(2).max(60),
    role: RoleCode,
    /** For staff; the public reads the role's title (S16). */
    title: z.string().trim().min(3).max(120),
    places: z.coerce.number().int().min(1).max(10_000),
    postcode: z.string().trim().max(10).nullable().default(null),
    startsAt: z.iso.datetime({ offset: true }),
    endsAt: z.iso.datetime({ offset: true }),
    skills: z.array(SkillCode).max(14).default([]),
    remote: z.boolean().default(false),
    notes: z.string().trim().max(2000).nullable().default(null),
  })
  .superRefine((need, context) => {
    const add = (path: string, code: string): void =>
      context.addIssue({ code: 'custom', path: [path], params: { code }, message: code });
    if (Date.parse(need.endsAt) <= Date.parse(need.startsAt)) add('endsAt', 'ends-before-start');
    if (!need.remote && !need.postcode) add('postcode', 'required');
  });
export type NeedForm = z.infer<typeof NeedForm>;

export const VerifyForm = z.strictObject({
  safeguarding: z.enum(['clear', 'measures-in-place']),
  regulatedActivity: z.boolean(),
});
export type VerifyForm = z.infer<typeof VerifyForm>;

export const CancelForm = z.strictObject({
  reason: z
    .enum(['no-longer-needed', 'met-otherwise', 'raised-by-mistake', 'unsafe', 'duplicate'])
    .default('no-longer-needed'),
});
export type CancelForm = z.infer<typeof CancelForm>;
