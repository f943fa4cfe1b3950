import { z } from 'zod';
import { ActivationKind, ActivationState, Slug } from '@app/contracts';

const Words = z.string().trim().max(1000);

/** M/ETHANE, the responders' common first report; kept for staff, never published (S16). */
export const Methane = z.object({
  majorIncident: z.enum(['yes', 'no', 'standby']),
  exactLocation: Words.min(2),
  typeOfIncident: Words.min(2),
  hazards: Words.default(''),
  access: Words.default(''),
  numberOfCasualties: Words.default(''),
  emergencyServices: Words.default(''),
});
export type Methane = z.infer<typeof Methane>;

/** Words that the origin needs for itself; a page under one of them could never be reached. */
const RESERVED = new Set(
  's v1 dev docs problems assets open feeds metrics livez readyz vetting matching notification forum sign-in ops'.split(
    ' ',
  ),
);

export const ActivationForm = z.strictObject({
  planId: z.uuid(),
  slug: Slug.refine((slug) => !RESERVED.has(slug), { params: { code: 'slug-reserved' } }),
  kind: ActivationKind,
  title: z.string().trim().min(2).max(120),
  /** `standby` opens at once, with register-interest only, by one person (H11). */
  state: z.enum(['standby', 'active']).default('active'),
  methane: Methane,
  /** Outward codes or districts of the forum; none: all of its area. */
  areas: z.array(z.string().trim().min(2).max(80)).max(500).default([]),
});
export type ActivationForm = z.infer<typeof ActivationForm>;

export const TransitionForm = z.strictObject({
  to: ActivationState.exclude(['monitoring']),
  reason: z.string().trim().min(3).max(1000),
});
export type TransitionForm = z.infer<typeof TransitionForm>;
