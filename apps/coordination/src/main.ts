import { boot } from '@app/boot';
import { coordination } from './coordination.config.js';

await boot(coordination);
