import { z } from 'zod';

/** What coordination reads beyond the libs' own. */
export const CoordinationConfig = z.object({
  MUSTER_ENV: z.enum(['local', 'production']).default('production'),
  MUSTER_ORIGIN: z.url(),
  SECRETS_DIR: z.string().min(1),
  OIDC_ISSUER: z.url(),
  OIDC_CLIENT_ID: z.string().min(1).default('muster'),
});
export type CoordinationConfig = z.infer<typeof CoordinationConfig>;
