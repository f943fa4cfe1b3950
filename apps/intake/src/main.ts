import { boot } from '@app/boot';
import { intake } from './intake.config.js';

await boot(intake);
