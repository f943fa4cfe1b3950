import { fileURLToPath } from 'node:url';

/** The clone's folder, seen from dist/deploy/local. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
