import { z } from 'zod';

/** Addresses and rates of the providers; in production both speak https. */
export const VettingConfig = z
  .object({
    MUSTER_ENV: z.enum(['local', 'production']).default('production'),
    MUSTER_ORIGIN: z.url(),
    IDENTITY_URL: z.url(),
    DBS_URL: z.url(),
    /** Questions a second that the provider allows, sessions begun and looked at together. */
    IDENTITY_PER_SECOND: z.coerce.number().min(0.1).max(2_000).default(100),
    DBS_PER_SECOND: z.coerce.number().min(0.1).max(2_000).default(50),
    /** Who asks the Update Service: a registered body and a named person in it. */
    DBS_ORGANISATION: z.string().min(2).max(80).default('Muster'),
    DBS_FORENAME: z.string().min(1).max(80).default('Vetting'),
    DBS_SURNAME: z.string().min(1).max(80).default('Officer'),
  })
  .superRefine((config, ctx) => {
    if (config.MUSTER_ENV === 'local') return;
    for (const key of ['IDENTITY_URL', 'DBS_URL'] as const) {
      const { protocol, hostname } = new URL(config[key]);
      if (protocol === 'https:' && !/^(localhost|127\.|\[::1\])/.test(hostname)) continue;
      ctx.addIssue({ code: 'custom', path: [key], message: 'must be a provider reached by https' });
    }
  });
export type VettingConfig = z.infer<typeof VettingConfig>;
