import { z } from 'zod';
import { PublicNames } from '@app/contracts';
import { PlannedRole } from './planned-role.js';

const Signed = z.strictObject({
  organisationId: z.uuid(),
  /** Name and post of whoever signed for the organisation. */
  signatory: z.string().trim().min(3).max(120),
  signedOn: z.iso.date(),
});

export const PlanContent = z.strictObject({
  /** What the public reads when the plan is switched on; a second person approves it with the plan (S16). */
  publicTitle: PublicNames,
  functions: z
    .strictObject({
      recruit: Signed.optional(),
      vet: Signed.optional(),
      train: Signed.optional(),
      deploy: Signed.optional(),
    })
    .default({}),
  roles: z
    .array(PlannedRole)
    .max(60)
    .default([])
    .superRefine((roles, context) => {
      const seen = new Set<string>();
      roles.forEach((role, index) => {
        if (seen.has(role.code)) {
          context.addIssue({
            code: 'custom',
            path: [index, 'code'],
            params: { code: 'repeated' },
            message: 'repeated',
          });
        }
        seen.add(role.code);
      });
    }),
});
export type PlanContent = z.infer<typeof PlanContent>;

export const PlanForm = PlanContent.extend({
  title: z.string().trim().min(2).max(120),
  hazard: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,39}$/)
    .default('any-hazard'),
});
export type PlanForm = z.infer<typeof PlanForm>;

/** A change names only what changes. */
export const PlanChange = z.strictObject({
  title: PlanForm.shape.title.optional(),
  hazard: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,39}$/)
    .optional(),
  publicTitle: PublicNames.optional(),
  functions: z
    .strictObject({
      recruit: Signed.optional(),
      vet: Signed.optional(),
      train: Signed.optional(),
      deploy: Signed.optional(),
    })
    .optional(),
  roles: z.array(PlannedRole).max(60).optional(),
});
export type PlanChange = z.infer<typeof PlanChange>;

export const contentOf = (form: PlanForm): PlanContent => ({
  publicTitle: form.publicTitle,
  functions: form.functions,
  roles: form.roles,
});
