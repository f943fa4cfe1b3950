import { z } from 'zod';
import { defineApp } from '@app/boot';
import { OperationsConfig } from './ports/app-addresses.js';
import { OperationsModule } from './operations.module.js';

export { OperationsConfig };

export const operations = defineApp({
  name: 'operations',
  module: OperationsModule,
  config: OperationsConfig satisfies z.ZodObject,
  migrations: new URL('../migrations/', import.meta.url),
  locales: new URL('../locales/', import.meta.url),
  compartments: [],
});
