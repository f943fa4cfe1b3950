import { z } from 'zod';

/** What intake reads from the environment beyond the libs' own; injected as CONFIG. */
export const IntakeConfig = z.object({
  MUSTER_ENV: z.enum(['local', 'production']).default('production'),
  MUSTER_ORIGIN: z.url(),
});
export type IntakeConfig = z.infer<typeof IntakeConfig>;
