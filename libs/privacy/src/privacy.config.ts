import { z } from 'zod';

/** Key files lie in `${SECRETS_DIR}/keys/<compartment>.json`, mode 0600. */
export const PrivacyConfig = z.object({ SECRETS_DIR: z.string().min(1) });
export type PrivacyConfig = z.infer<typeof PrivacyConfig>;
