import { defineApp } from '@app/boot';
import { z } from 'zod';
import { IntakeModule } from './intake.module.js';

/** What intake reads beyond the libs' own. */
export const IntakeConfig = z.object({
  MUSTER_ENV: z.enum(['local', 'production']).default('production'),
  MUSTER_ORIGIN: z.url(),
});
export type IntakeConfig = z.infer<typeof IntakeConfig>;

export const intake = defineApp({
  name: 'intake',
  module: IntakeModule,
  config: IntakeConfig,
  migrations: new URL('../migrations/', import.meta.url),
  locales: new URL('../locales/', import.meta.url),
  compartments: ['contact', 'support', 'checks'],
});
