import { z } from 'zod';
import { coded } from './coded.js';

/** Risk of a role, hence depth of its checks: declarations only, identity, identity and DBS with a human for anything unclear. */
export const Tier = z.enum(['low', 'medium', 'high']);
export type Tier = z.infer<typeof Tier>;

/** When a person can help; morning 06–12, afternoon 12–18, evening 18–23, Europe/London. The slot in which a shift starts decides. */
export const Slot = z.enum([
  'weekday-morning',
  'weekday-afternoon',
  'weekday-evening',
  'weekend-morning',
  'weekend-afternoon',
  'weekend-evening',
]);
export type Slot = z.infer<typeof Slot>;

export const Language = z.enum(['en', 'cy']);
export type Language = z.infer<typeof Language>;

export const Channel = z.enum(['email', 'sms', 'email-and-sms', 'post']);
export type Channel = z.infer<typeof Channel>;

export const AgeBand = z.enum(['18-plus', '16-17']);
export type AgeBand = z.infer<typeof AgeBand>;

/** Part of the United Kingdom; decides bank holidays. */
export const Nation = z.enum(['england', 'wales', 'scotland', 'northern-ireland']);
export type Nation = z.infer<typeof Nation>;

export const SkillCode = z.enum([
  'driving',
  'first-aid',
  'lifting',
  'cooking',
  'telephone',
  'administration',
  'languages',
  'childcare',
  'animal-care',
  'boat-handling',
  'chainsaw',
  'electrical',
  'plumbing',
  'it-support',
]);
export type SkillCode = z.infer<typeof SkillCode>;

export const RoleCode = coded(
  'kebab-case code from the shared list',
  z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+){0,5}$/)
    .max(40),
);
export const Slug = coded(
  'kebab-case slug that two people approved',
  z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+){0,9}$/)
    .max(60),
);
/** The first half of a postcode, `OL1`. */
export const OutwardCode = coded('postcode district', z.string().regex(/^[A-Z]{1,2}[0-9][A-Z0-9]?$/));
/** What people quote: `MU-7K4D-93TQ-X`, Crockford base 32 without I, L, O, U; the last character checks the others. */
export const Reference = coded(
  'random reference',
  z.string().regex(/^MU-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]$/),
);
/** Name of an organisation, forum, district or role, written in a plan and approved by a second person; never typed by the public. */
export const PublicName = coded(
  'written in the plan',
  z
    .string()
    .min(2)
    .max(80)
    .regex(/^[\p{L}\p{M}\p{N} ,.&'’()/–-]+$/u),
);
export const PublicNames = z.strictObject({ en: PublicName, cy: PublicName });
/** What `@app/privacy` sealed: only who holds the compartment's key can read it. */
export const Sealed = coded('ciphertext', z.string().regex(/^s1\.[A-Za-z0-9_-]{32,60000}$/));
/** A domain reason, `no-places-left`; words for it live in the catalogues. */
export const ReasonCode = coded(
  'kebab-case reason from a catalogue',
  z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+){0,8}$/)
    .max(60),
);

export const ActivationKind = z.enum(['actual', 'exercise', 'test']);
export type ActivationKind = z.infer<typeof ActivationKind>;
export const ActivationState = z.enum([
  'monitoring',
  'standby',
  'active',
  'surge',
  'standing-down',
  'recovery',
  'closed',
]);
export type ActivationState = z.infer<typeof ActivationState>;
export const IntakeMode = z.enum(['open', 'capped', 'interest-only']);
export type IntakeMode = z.infer<typeof IntakeMode>;

export const ApplicationState = z.enum([
  'submitted',
  'triaged',
  'checking',
  'awaiting-applicant',
  'decision-due',
  'cleared',
  'cleared-conditional',
  'declined',
  'merged-duplicate',
  'withdrawn',
  'lapsed',
]);
export type ApplicationState = z.infer<typeof ApplicationState>;
export const PoolState = z.enum(['active', 'reserve', 'paused', 'stepped-down', 'referred-out', 'left']);
export type PoolState = z.infer<typeof PoolState>;

export const CheckKind = z.enum(['declaration', 'identity', 'dbs']);
export type CheckKind = z.infer<typeof CheckKind>;
export const TaskCode = z.enum(['identity', 'dbs', 'declaration', 'training', 'guardian']);
export type TaskCode = z.infer<typeof TaskCode>;
export const CheckOutcome = z.enum(['suitable', 'suitable-with-limits', 'not-suitable']);
export type CheckOutcome = z.infer<typeof CheckOutcome>;

export const OfferAnswer = z.enum(['accept', 'decline', 'cancel']);
export type OfferAnswer = z.infer<typeof OfferAnswer>;

/**
 * The message plan of product.md §5 as far as it is sent now; `no-news` keeps a promise when there is nothing new. `code`
 * carries what a mailed link needs for more (S7), `contact-changed` goes to the contact that was replaced (H8),
 * `guardian` to the guardian of somebody aged 16 or 17 (H13).
 */
export const MessageKind = z.enum([
  'M1',
  'M2',
  'M3',
  'M4',
  'M5',
  'M6',
  'M7',
  'M8',
  'M9',
  'M12',
  'M14',
  'no-news',
  'withdrawn',
  'code',
  'contact-changed',
  'guardian',
  'guardian-refused',
]);
export type MessageKind = z.infer<typeof MessageKind>;
/** P1 safety or cancellation, P2 offer or shift, P3 decision, P4 acknowledgement or no-news, P5 bulk. */
export const Urgency = z.enum(['P1', 'P2', 'P3', 'P4', 'P5']);
export type Urgency = z.infer<typeof Urgency>;
/** What a message travels by. */
export const Transport = z.enum(['email', 'sms', 'letter']);
export type Transport = z.infer<typeof Transport>;

export const Latitude = z.number().min(-90).max(90);
export const Longitude = z.number().min(-180).max(180);
export const Count = z.int().nonnegative();
