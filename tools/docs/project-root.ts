import { existsSync } from 'node:fs';

/** The clone's own folder, whether this runs from the sources or from the build. */
export const projectRoot: URL = (() => {
  for (let folder = new URL('./', import.meta.url); ; folder = new URL('../', folder)) {
    if (existsSync(new URL('package-lock.json', folder))) return folder;
    if (folder.pathname === '/') throw new Error('this is no clone of Muster');
  }
})();
