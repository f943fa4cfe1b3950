import { defineApp } from '@app/boot';
import { NotificationConfig } from './notification.settings.js';
import { NotificationModule } from './notification.module.js';

export { NotificationConfig };

export const notification = defineApp({
  name: 'notification',
  module: NotificationModule,
  config: NotificationConfig,
  migrations: new URL('../migrations/', import.meta.url),
  locales: new URL('../locales/', import.meta.url),
  compartments: ['contact'],
});
