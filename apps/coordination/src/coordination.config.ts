import { defineApp } from '@app/boot';
import { CoordinationModule } from './coordination.module.js';
import { CoordinationConfig } from './coordination.settings.js';

export const coordination = defineApp({
  name: 'coordination',
  module: CoordinationModule,
  config: CoordinationConfig,
  migrations: new URL('../migrations/', import.meta.url),
  locales: new URL('../locales/', import.meta.url),
  compartments: ['need'],
});
