import { z } from 'zod';
import { defineApp } from '@app/boot';
import { MatchingModule } from './matching.module.js';

/** Matching reads nothing beyond the libs' own. */
export const MatchingConfig = z.object({});
export type MatchingConfig = z.infer<typeof MatchingConfig>;

export const matching = defineApp({
  name: 'matching',
  module: MatchingModule,
  config: MatchingConfig,
  migrations: new URL('../migrations/', import.meta.url),
  locales: new URL('../locales/', import.meta.url),
  compartments: [],
});
