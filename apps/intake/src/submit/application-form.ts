import { AgeBand, Channel, Language, RoleCode, SkillCode, Slot } from '@app/contracts';
import { z } from 'zod';
import { Email, phone, PostcodeField } from './contact-fields.js';
import { PersonName, plainLine, plainText } from './person-name.js';

/** Versions of the privacy notice that may still be declared. */
export const PRIVACY_VERSIONS = ['2026-11'] as const;
const DAYS_AHEAD = 366;
const DAYS_BACK = 7;

const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length;

export const availability = (today: string) =>
  z.object({
    from: z
      .string()
      .optional()
      .transform((text, ctx) => {
        if (text === undefined) return today;
        if (!z.iso.date().safeParse(text).success) {
          ctx.addIssue({ code: 'custom', message: 'date-malformed' });
          return z.NEVER;
        }
        const days = (Date.parse(text) - Date.parse(today)) / 86_400_000;
        if (days < -DAYS_BACK) ctx.addIssue({ code: 'custom', message: 'date-past' });
        if (days > DAYS_AHEAD) ctx.addIssue({ code: 'custom', message: 'date-too-far' });
        return text;
      }),
    slots: z.array(Slot).min(1, 'required').max(6, 'too-long').refine(distinct, 'repeated'),
    maxDistanceKm: z.number().min(0, 'too-small').max(500, 'too-big').default(10),
  });

export const Address = z.object({
  lines: z
    .array(plainLine(80).pipe(z.string().min(1, 'required')))
    .min(1, 'required')
    .max(5, 'too-long'),
  postcode: PostcodeField.transform(({ postcode }) => postcode),
});

const Guardian = z.object({ name: PersonName, email: Email });

/**
 * What `POST /v1/applications` takes (interfaces.md §3). Every member is checked on its own, so that one answer names
 * all that is wrong; what depends on others is in `whatIsMissing`. Members we do not know are let go.
 */
export const applicationForm = (o: { today: string; allowTestNumbers: boolean }) =>
  z.object({
    activation: z.string().min(1, 'required').max(60, 'too-long'),
    givenName: PersonName,
    familyName: PersonName,
    email: Email.optional(),
    phone: phone(o.allowTestNumbers).optional(),
    postcode: PostcodeField.optional(),
    noPostcode: z.boolean().default(false),
    ageBand: AgeBand,
    language: Language,
    channel: Channel,
    availability: availability(o.today),
    roles: z.array(RoleCode).max(10, 'too-long').refine(distinct, 'repeated').default([]),
    skills: z.array(SkillCode).max(14, 'too-long').refine(distinct, 'repeated').default([]),
    vehicle: z.boolean().default(false),
    remoteOnly: z.boolean().default(false),
    support: plainText(2000).nullish(),
    alreadyVolunteersWith: plainLine(200).nullish(),
    address: Address.nullish(),
    guardian: Guardian.nullish(),
    onBehalf: z.object({ name: PersonName, email: Email.optional() }).nullish(),
    declarations: z.object({
      privacy: z
        .string()
        .min(1, 'required')
        .refine((version) => (PRIVACY_VERSIONS as readonly string[]).includes(version), 'privacy-outdated'),
    }),
    /** A trap for machines: people never see this field. */
    website: z.string().max(0, 'leave-empty').nullish(),
    proof: z.unknown().optional(),
  });

export type ApplicationForm = z.output<ReturnType<typeof applicationForm>>;

export interface Missing {
  readonly pointer: string;
  readonly code: string;
}

/** What is needed because of something else that was said; works on raw input, so that it can be told beside the rest. */
export const whatIsMissing = (raw: unknown): Missing[] => {
  const given = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  const absent = (name: string): boolean => given[name] === undefined || given[name] === null || given[name] === '';
  const missing: Missing[] = [];
  const need = (name: string): void => {
    if (absent(name)) missing.push({ pointer: `/${name}`, code: 'required' });
  };
  if (given['channel'] === 'email' || given['channel'] === 'email-and-sms') need('email');
  if (given['channel'] === 'sms' || given['channel'] === 'email-and-sms') need('phone');
  if (given['channel'] === 'post') need('address');
  if (given['ageBand'] === '16-17') need('guardian');
  if (given['noPostcode'] !== true) need('postcode');
  else if (!absent('postcode')) missing.push({ pointer: '/postcode', code: 'postcode-and-none' });
  return missing;
};
