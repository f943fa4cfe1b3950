import { execFile } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './root.js';

const QUIET_MS = 300;

/** Builds and then acts after every change of apps and libs; changes during a build lead to one more. */
export const onChange = (act: () => Promise<void>, say: (line: string) => void): void => {
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let again = false;
  const work = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await promisify(execFile)(process.execPath, [join(ROOT, 'deploy/local/bootstrap.mjs'), 'build']);
      await act();
    } catch (error) {
      say(((error as { stderr?: string }).stderr ?? (error as Error).message).trim());
    }
    busy = false;
    if (again) {
      again = false;
      await work();
    }
  };
  for (const top of ['apps', 'libs']) {
    watch(join(ROOT, top), { recursive: true }, (_, name) => {
      if (!name || name.endsWith('.spec.ts')) return;
      clearTimeout(timer);
      timer = setTimeout(() => void work(), QUIET_MS);
    });
  }
};
