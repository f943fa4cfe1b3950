import { readFileSync } from 'node:fs';

/** What `--help` of a command says. The words are files, so that a bare clone can say them too (deploy/local/bootstrap.mjs). */
export const helpOf = (command: string): string =>
  readFileSync(new URL(`help/${command}.txt`, import.meta.url), 'utf8');
