import { defineApp } from '@app/boot';
import { VettingModule } from './vetting.module.js';
import { VettingConfig } from './vetting.settings.js';

export { VettingConfig };

export const vetting = defineApp({
  name: 'vetting',
  module: VettingModule,
  config: VettingConfig,
  migrations: new URL('../migrations/', import.meta.url),
  locales: new URL('../locales/', import.meta.url),
  compartments: ['checks'],
});
