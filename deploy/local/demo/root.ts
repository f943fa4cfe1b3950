import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, whether we run from source or from `dist`. */
export const projectRoot = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('package.json was not found above this file');
    folder = above;
  }
  return folder;
};

export const demoFile = (name: string): string => join(projectRoot(), 'deploy', 'local', 'demo', name);
