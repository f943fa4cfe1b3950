import { boot } from '@app/boot';
import { operations } from './operations.config.js';

await boot(operations);
