import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { APPS, type AppName } from '../apps.js';
import { helpOf } from '../help.js';
import { readArguments, type Arguments } from './arguments.js';
import { moveClock } from './clock.js';
import { leaveHome, listen, send, supervisorOf, takeHome, type Command } from './control.js';
import { Home, readJson } from './home.js';
import { saysFull, StackProblem } from './problem.js';
import { endProcess } from './processes.js';
import { ROOT } from './root.js';
import type { Supervisor } from './supervisor.js';

const DEFAULT_PORT = 4300;
const home = new Home(process.env.MUSTER_HOME ?? `${ROOT}.local`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const PEOPLE: Record<string, string> = {
  'duty@demo.example': 'plans, activations, the board',
  'approver@demo.example': 'the second person',
  'coordinator.oldham@demo.example': 'a hub: needs and people',
  'vetting@demo.example': 'checks to decide',
  'operator@demo.example': 'queues, journals, dead letters',
};

const addresses = (origin: string, profile: string): string =>
  [
    '',
    ...[
      ['/', 'who needs help now'],
      ...(profile === 'demo' ? [['/greater-manchester-floods/help', 'the demo activation: apply from here']] : []),
      ['/forum', "the forum's desk"],
      ['/vetting', "the reviewers' worklist"],
      ['/ops', "the operator's board"],
      ['/dev/mail', 'caught mail (/dev/texts, /dev/letters)'],
      ['/docs', 'the interfaces'],
    ].map(([path, what]) => `  ${`${origin}${path}`.padEnd(origin.length + 34)}${what}`),
    '',
    '  Sign in (one click, no password) as:',
    ...Object.entries(PEOPLE).map(([who, what]) => `    ${who.padEnd(34)}${what}`),
    '',
  ].join('\n');

/** Runs the stack in this process until it is told to stop. */
const supervise = async (
  given: Arguments,
  o: { foreground: boolean; together?: boolean; say: (line: string) => void },
): Promise<never> => {
  home.open();
  if (!takeHome(home)) {
    const door = supervisorOf(home);
    throw new StackProblem(
      door
        ? `Muster runs from ${home.path} already, at ${door.origin}; stop it with "npm run stack -- down".`
        : `Another start of ${home.path} is under way; wait for it to end.`,
    );
  }
  process.once('exit', () => leaveHome(home));
  const settings = home.settings(given);
  const asked = Number(process.env.MUSTER_PORT ?? settings.ports.origin ?? DEFAULT_PORT);
  if (!Number.isInteger(asked) || asked < 1 || asked > 65_535)
    throw new StackProblem(`MUSTER_PORT is "${process.env.MUSTER_PORT}", which is not a port.`);
  const lenient = process.env.MUSTER_LENIENT === '1';
  // Loaded only here: it brings the libs along, which a mere word to a running stack should not wait for.
  const { Supervisor } = await import('./supervisor.js');
  const supervisor = new Supervisor(
    home,
    settings,
    { originPort: asked, instances: given.instances, together: o.together, lenient },
    o.say,
  );
  let ending: Promise<void> | null = null;
  const end = (code: number): Promise<void> =>
    (ending ??= (async () => {
      o.say('Stopping');
      await supervisor.stop().catch((error: Error) => o.say(error.message));
      o.say('Stopped; the data stays');
      process.exit(code);
    })());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (ending && signal === 'SIGINT') {
        supervisor.kill();
        process.exit(130);
      }
      void end(0);
    });
  }
  process.on('uncaughtException', (error) => {
    o.say(`Unexpected: ${error.stack}`);
    void end(1);
  });
  // Without its starter a foreground stack would run on unseen.
  if (o.foreground && process.send) process.on('disconnect', () => void end(0));
  try {
    await supervisor.tidyUp();
    await listen(
      home,
      commandsOf(supervisor, () => void end(0)),
      () => supervisor.origin,
    );
    await supervisor.start();
    await listenAddress(supervisor);
  } catch (error) {
    await (ending ?? Promise.resolve());
    await supervisor.stop().catch(() => {});
    throw error;
  }
  if (o.together) {
    const { onChange } = await import('./watch.js');
    onChange(() => supervisor.restartNamed('apps'), o.say);
    o.say('Watching apps and libs: a change builds and restarts the apps');
  }
  if (o.foreground) print(addresses(supervisor.origin, settings.profile));
  if (process.connected) process.send?.({ ready: addresses(supervisor.origin, settings.profile) });
  return new Promise(() => {});
};

/** The door file names the origin only once that is chosen. */
const listenAddress = async (supervisor: Supervisor): Promise<void> => {
  const file = home.at('supervisor.json');
  const { writePrivate } = await import('./home.js');
  writePrivate(file, JSON.stringify({ ...readJson<object>(file), origin: supervisor.origin }));
};

const commandsOf = (supervisor: Supervisor, end: () => void): Record<string, Command> => {
  const each =
    (act: (name: string) => Promise<void>): Command =>
    async (names) => {
      for (const name of names) await act(name);
    };
  return {
    stop: each((name) => supervisor.stopNamed(name)),
    start: each((name) => supervisor.startNamed(name)),
    restart: each((name) => supervisor.restartNamed(name)),
    scale: async (pairs) => {
      for (const pair of pairs) {
        const [app, count] = pair.split('=');
        await supervisor.scale(app as AppName, Number(count));
      }
    },
    status: async (_, say) => {
      for (const { name, state, pid, url, restarts } of supervisor.rows()) {
        say(
          `${name.padEnd(16)}${state.padEnd(10)}${String(pid ?? '-').padEnd(9)}${String(restarts).padStart(3)} restarts  ${url}`,
        );
      }
    },
    down: async () => end(),
  };
};

/** Starts a supervisor that outlives this command; resolves when it is ready. */
const up = async (given: Arguments, words: string[]): Promise<void> => {
  const door = supervisorOf(home);
  if (door) {
    const wanted = Object.entries(given.instances).map(([app, count]) => `${app}=${count}`);
    if (wanted.length > 0) await tell('scale', wanted);
    return print(`Muster is up at ${door.origin}`);
  }
  home.open();
  const log = openSync(home.at('logs/supervisor.log'), 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      '--disable-warning=TimeoutNegativeWarning',
      fileURLToPath(import.meta.url),
      'serve',
      ...words,
    ],
    {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: process.env,
    },
  );
  closeSync(log);
  const stop = () => child.kill('SIGTERM');
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const problem = await new Promise<string | null>((resolve) => {
    child.on('message', (message: { say?: string; ready?: string; problem?: string }) => {
      if (message.say !== undefined) print(message.say);
      if (message.problem !== undefined) resolve(message.problem);
      if (message.ready !== undefined) {
        print(message.ready);
        resolve(null);
      }
    });
    child.on('exit', () =>
      resolve(`The stack ended while starting; ${home.at('logs/supervisor.log')} has its last words.`),
    );
  });
  if (child.connected) child.disconnect();
  child.unref();
  if (problem) throw new StackProblem(problem);
  process.exit(0);
};

const tell = async (command: string, args: string[]): Promise<void> => {
  const door = supervisorOf(home);
  if (!door)
    throw new StackProblem(`Nothing runs from ${home.path}; start it with "npm start" or "npm run stack -- up".`);
  const problem = await send(door, command, args, print);
  if (problem) throw new StackProblem(problem);
};

const down = async (): Promise<void> => {
  const door = supervisorOf(home);
  if (door) {
    await send(door, 'down', [], print);
    const { isAlive } = await import('./processes.js');
    for (let left = 1200; left > 0 && isAlive(door); left--) await wait(50);
    await endProcess(door, 'SIGTERM', 5_000);
    return print('Stopped; the data stays');
  }
  const orphans =
    readJson<{ pid: number; startedAt: string; name: string; signal: NodeJS.Signals }[]>(home.at('processes.json')) ??
    [];
  await Promise.all(orphans.map((it) => endProcess(it, it.signal)));
  rmSync(home.at('processes.json'), { force: true });
  rmSync(home.at('stack.json'), { force: true });
  print(orphans.length > 0 ? 'What a killed supervisor left is ended; the data stays' : 'Nothing was running');
};

const reset = async (given: Arguments): Promise<void> => {
  if (!given.yes) {
    if (!process.stdin.isTTY) throw new StackProblem('This deletes all data of the home; say --yes.');
    const ask = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await ask.question(`Delete all data in ${home.path}? (y/N) `);
    ask.close();
    if (!/^y(es)?$/i.test(answer.trim())) return print('Nothing deleted');
  }
  await down();
  const data = [
    'postgres',
    'postgres.new',
    'redis',
    'kafka',
    'outside',
    'secrets',
    'settings.json',
    'clock.json',
    'front.json',
    'front-taken',
  ];
  for (const name of data) rmSync(home.at(name), { recursive: true, force: true });
  home.open();
  home.settings(given);
  print('Data deleted');
};

const main = async (): Promise<void> => {
  const given = readArguments(process.argv.slice(2));
  const [verb = 'status', ...names] = given.words;
  if (given.help) return print(helpOf('stack').trimEnd());
  switch (verb) {
    case 'foreground':
      return void (await supervise(given, { foreground: true, say: print }));
    case 'dev':
      return void (await supervise(given, { foreground: true, together: true, say: print }));
    case 'serve':
      return void (await supervise(given, { foreground: false, say: tellStarter }));
    case 'up':
      return up(given, process.argv.slice(3));
    case 'down':
      return down();
    case 'status':
      return supervisorOf(home) ? tell('status', []) : print(`Nothing runs from ${home.path}`);
    case 'reset':
      return reset(given);
    case 'stop':
    case 'start':
    case 'restart':
      if (names.length === 0)
        throw new StackProblem(
          `${verb} what? One of: ${APPS.join(', ')}, kafka, redis, postgres, mail, texts, sign-in, identity, dbs.`,
        );
      return tell(verb, names);
    case 'clock':
      return print(`The apps' clock shows ${moveClock(home, names[0] ?? '').toISOString()}`);
    default:
      throw new StackProblem(`There is no "${verb}"; "--help" lists what there is.`);
  }
};

const tellStarter = (line: string): void => {
  print(`${new Date().toISOString()} ${line}`);
  if (process.connected) process.send?.({ say: line });
};

try {
  await main();
} catch (error) {
  const sentence = sentenceOf(error);
  if (process.argv[2] === 'serve' && process.connected) process.send?.({ problem: sentence });
  process.stderr.write(`\n${sentence}\n`);
  process.exit(1);
}

function sentenceOf(error: unknown): string {
  const it = error as NodeJS.ErrnoException;
  if (it instanceof StackProblem) return it.message;
  if (it.code === 'ENOSPC' || saysFull(it.message))
    return `The disk that holds ${home.path} is full; free some space and start again.`;
  return it.stack ?? String(error);
}
