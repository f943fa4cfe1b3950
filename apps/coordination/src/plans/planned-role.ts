import { z } from 'zod';
import { CheckKind, PublicNames, RoleCode, SkillCode, Tier } from '@app/contracts';
import { roleFaults } from './role.decider.js';

/** What makes a role tempting to a thief or dangerous to a stranger (H7). */
export const RoleTrait = z.enum(['in-homes', 'money', 'keys', 'medicine', 'drives-one-person']);
export type RoleTrait = z.infer<typeof RoleTrait>;

export const LoneWorking = z.enum(['never', 'with-check-in', 'allowed']);

const Statement = z.strictObject({ en: z.string().trim().min(2).max(500), cy: z.string().trim().min(2).max(500) });

const RoleShape = z.strictObject({
  code: RoleCode,
  title: PublicNames,
  tier: Tier,
  checks: z.array(CheckKind).max(3),
  minimumAge: z.int().min(16).max(99).default(18),
  remote: z.boolean().default(false),
  supervisedOk: z.boolean().default(false),
  skills: z.array(SkillCode).max(14).default([]),
  margin: z.number().min(1).max(10).default(1.5),
  traits: z.array(RoleTrait).max(5).default([]),
  /** Who does this on an ordinary day; when that is a paid post, an approver reads the reason (R8). */
  whoNormallyDoesThis: z.string().trim().min(2).max(200),
  substitutesPaidPost: z.boolean().default(false),
  substitutionReason: z.string().trim().min(10).max(500).nullable().default(null),
  /** Shown on every page of the role (R55). */
  expenses: Statement.nullable().default(null),
  riskAssessment: z
    .strictObject({
      reference: z.string().trim().min(2).max(200),
      loneWorking: LoneWorking,
      equipment: z.string().trim().min(2).max(500),
    })
    .nullable()
    .default(null),
});

/** A role as a plan or a template holds it; all faults, of shape and of rule, are told at once. */
export const PlannedRole = RoleShape.superRefine(
  (role, context) => {
    for (const fault of roleFaults(role)) {
      context.addIssue({ code: 'custom', path: fault.path, params: { code: fault.code }, message: fault.code });
    }
  },
  { when: (payload) => typeof payload.value === 'object' && payload.value !== null },
);
export type PlannedRole = z.infer<typeof RoleShape>;
