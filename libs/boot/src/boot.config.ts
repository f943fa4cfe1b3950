import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  );

/** What boot itself reads from the environment. */
export const BootConfig = z.object({
  /** Production unless said otherwise: whoever forgets it gets the strict one. */
  MUSTER_ENV: z.enum(['local', 'production']).default('production'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port,
  ADMIN_PORT: port,
  /** Where the admin listener is bound; never the public address. */
  ADMIN_HOST: z.string().min(1).default('127.0.0.1'),
  SECRETS_DIR: z.string().min(1),
  /** Local stack only: JSON `{"offsetMs": n}`. */
  CLOCK_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  /** Host names (with port, where it is not the usual one) that this app answers for, beside its own origin. */
  ALLOWED_HOSTS: list,
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: list,
  DATABASE_POOL: z.coerce.number().int().min(2).max(100).default(10),
});
export type BootConfig = z.infer<typeof BootConfig>;
