import { execFile } from 'node:child_process';
import { chown, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StackProblem } from '../problem.js';

const run = promisify(execFile);

/** Whom the database runs as: its files belong to `owner`, it is spawned `as`, `through` puts what is needed before. */
export interface Account {
  owner?: Ids;
  as?: Ids;
  through(command: string[]): string[];
}

interface Ids {
  uid: number;
  gid: number;
}

/** Uid and gid of the first of these accounts in a passwd file. */
export const findAccount = (passwd: string, names: readonly string[]): Ids | null => {
  for (const name of names) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  return null;
};

/**
 * PostgreSQL refuses to run as root. Started by root it runs as a system account that exists already, and the folder
 * that holds its data (mode 0700) is given to that account; root reads it all the same. `nobody` is not taken: it is
 * everybody's.
 */
export const accountToRunAs = async (folder: string, program: string): Promise<Account> => {
  if (process.getuid?.() !== 0) return { through: (command) => command };
  const found = findAccount(await readFile('/etc/passwd', 'utf8'), ['postgres', '_postgres', 'daemon']);
  if (!found) {
    throw new StackProblem(
      'PostgreSQL does not run as root and this machine has no account "postgres" or "daemon"; start Muster as another user.',
    );
  }
  await chown(folder, found.uid, found.gid);
  const reaches = (command: string[]) =>
    run(command[0]!, command.slice(1), { ...found, cwd: '/', env: { PATH: process.env.PATH ?? '' } }).then(
      () => true,
      () => false,
    );
  const plain = (command: string[]) => command;
  const probe = ['sh', '-c', 'cd "$0" && "$1" --version', folder, program];
  if (await reaches(plain(probe))) return { owner: found, as: found, through: plain };
  const capable = (command: string[]) => [
    ...['setpriv', `--reuid=${found.uid}`, `--regid=${found.gid}`, '--clear-groups'],
    ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override', ...command],
  ];
  // A clone below /root is closed to every other account: there the right to pass closed folders is handed on.
  if (
    await run('sh', ['-c', 'exec "$@"', 'sh', ...capable(probe)]).then(
      () => true,
      () => false,
    )
  )
    return { owner: found, through: capable };
  throw new StackProblem(
    `PostgreSQL does not run as root, and the account it would run as cannot enter ${folder}; start Muster as another user, or from a folder that all may enter.`,
  );
};
