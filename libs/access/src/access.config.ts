import { z } from 'zod';

/** What libs/access reads from the environment. */
export const AccessConfig = z.object({
  MUSTER_ORIGIN: z.url({ protocol: /^https?$/ }),
  OIDC_ISSUER: z.url({ protocol: /^https?$/ }),
  OIDC_CLIENT_ID: z.string().min(1).default('muster'),
  /** Further clients whose access tokens are good here, comma-separated. */
  OIDC_TOKEN_CLIENTS: z.string().default(''),
  /** Where coordination's admin listener is; coordination itself needs none. */
  COORDINATION_ADMIN_URL: z.url({ protocol: /^https?$/ }).optional(),
});
export type AccessConfig = z.infer<typeof AccessConfig>;
