import { defineApp } from '@app/boot';
import { IntakeModule } from './intake.module.js';
import { IntakeConfig } from './intake.settings.js';

export { IntakeConfig };

export const intake = defineApp({
  name: 'intake',
  module: IntakeModule,
  config: IntakeConfig,
  migrations: new URL('../migrations/', import.meta.url),
  locales: new URL('../locales/', import.meta.url),
  compartments: ['contact', 'support', 'checks'],
});
