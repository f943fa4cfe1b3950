import { boot } from '@app/boot';
import { vetting } from './vetting.config.js';

await boot(vetting);
