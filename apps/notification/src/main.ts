import { boot } from '@app/boot';
import { notification } from './notification.config.js';

await boot(notification);
