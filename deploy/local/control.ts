import { randomBytes } from 'node:crypto';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { readJson, writePrivate, type Home } from './home.js';
import { identify, isAlive, type Identity } from './processes.js';

/** Who supervises this home, and where it takes commands. */
interface Door extends Identity {
  port: number;
  token: string;
  origin: string;
}

export type Command = (args: string[], say: (line: string) => void) => Promise<void>;

/** The supervisor that lives in this home, if one does. */
export const supervisorOf = (home: Home): Door | null => {
  const door = readJson<Door>(home.at('supervisor.json'));
  return door && isAlive(door) ? door : null;
};

/** Whether this process may supervise the home now: of two that ask in the same moment one gets it. */
export const takeHome = (home: Home): boolean => {
  const file = home.at('supervisor.lock');
  for (;;) {
    try {
      const handle = openSync(file, 'wx', 0o600);
      writeFileSync(handle, JSON.stringify(identify(process.pid)));
      closeSync(handle);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = readJson<Identity>(file);
      if (holder && isAlive(holder)) return false;
      rmSync(file, { force: true });
    }
  }
};

export const leaveHome = (home: Home): void => {
  rmSync(home.at('supervisor.json'), { force: true });
  rmSync(home.at('supervisor.lock'), { force: true });
};

/** Takes commands on the loopback from whoever can read the home; lines of JSON go back while the command runs. */
export const listen = async (home: Home, commands: Record<string, Command>, originOf: () => string): Promise<void> => {
  const token = randomBytes(24).toString('base64url');
  const server = createServer((incoming, response) => {
    if (incoming.headers.authorization !== `Bearer ${token}` || incoming.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    let body = '';
    incoming.on('data', (chunk) => (body += chunk));
    incoming.on('end', () => {
      const { command, args } = JSON.parse(body) as { command: string; args: string[] };
      const line = (it: object) => response.write(`${JSON.stringify(it)}\n`);
      const run = commands[command];
      if (!run) return void response.writeHead(404).end();
      run(args, (words) => line({ say: words })).then(
        () => response.end(`${JSON.stringify({ done: true })}\n`),
        (error: Error) => response.end(`${JSON.stringify({ problem: error.message })}\n`),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  writePrivate(
    home.at('supervisor.json'),
    JSON.stringify({ ...identify(process.pid), port, token, origin: originOf() }),
  );
};

/** Sends a command to the supervisor; resolves with its problem, or null when it was done. */
export const send = (
  door: Door,
  command: string,
  args: string[],
  say: (line: string) => void,
): Promise<string | null> =>
  new Promise((resolve) => {
    const outgoing = request(
      { host: '127.0.0.1', port: door.port, method: 'POST', headers: { authorization: `Bearer ${door.token}` } },
      (response) => {
        let rest = '';
        let result: string | null = 'The supervisor ended before it was done.';
        response.on('data', (chunk: Buffer) => {
          const lines = (rest + chunk.toString()).split('\n');
          rest = lines.pop()!;
          for (const line of lines) {
            const it = JSON.parse(line) as { say?: string; done?: true; problem?: string };
            if (it.say !== undefined) say(it.say);
            else result = it.problem ?? null;
          }
        });
        response.on('end', () => resolve(result));
        response.on('error', () => resolve(result));
      },
    );
    outgoing.on('error', (error) => resolve(`The supervisor does not answer: ${error.message}.`));
    outgoing.end(JSON.stringify({ command, args }));
  });
