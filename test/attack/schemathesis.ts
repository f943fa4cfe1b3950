import { spawnSync } from 'node:child_process';

/** `pip install schemathesis`, in a folder outside of the project; without it the row says that it was not checked. */
export const hasSchemathesis = (): boolean =>
  spawnSync('schemathesis', ['--version'], { stdio: 'ignore' }).status === 0;
