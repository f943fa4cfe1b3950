import { boot } from '@app/boot';
import { matching } from './matching.config.js';

await boot(matching);
