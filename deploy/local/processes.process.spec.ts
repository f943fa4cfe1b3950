import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import {
  endProcess,
  giveWay,
  identify,
  isAlive,
  launch,
  startTimeFromStat,
  startTimeOf,
  tellingLine,
  type Launch,
} from './processes.js';
import { backOff, Unit } from './unit.js';

const folder = mkdtempSync(join(tmpdir(), 'muster-processes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a command with brackets and spaces does not move the start time', () => {
  const rest = Array.from({ length: 50 }, (_, i) => String(i + 4));
  expect(startTimeFromStat(`42 (a) b (c) S ${rest.join(' ')}`)).toBe('22');
});

test('a zombie is not alive', () => {
  expect(startTimeFromStat(`42 (x) Z ${'1 '.repeat(30)}`)).toBeNull();
});

test('a process is known by pid and start time', async () => {
  const child = spawn('sleep', ['30'], { stdio: 'ignore' });
  const it = identify(child.pid!);
  expect(isAlive(it)).toBe(true);
  expect(isAlive({ ...it, startedAt: 'another time' })).toBe(false);
  await endProcess({ ...it, startedAt: 'another time' });
  expect(isAlive(it)).toBe(true);
  await endProcess(it);
  expect(isAlive(it)).toBe(false);
});

test('nobody has the start time of a pid that is not in use', () => expect(startTimeOf(2 ** 22 + 1)).toBeNull());

test('one that does not listen is killed', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; sleep 30 & wait; sleep 30'], { stdio: 'ignore', detached: true });
  const it = identify(child.pid!);
  await wait(200);
  const began = Date.now();
  await endProcess(it, 'SIGTERM', 300);
  expect(isAlive(it)).toBe(false);
  expect(Date.now() - began).toBeLessThan(5_000);
  process.kill(-child.pid!, 'SIGKILL');
});

test('what gives way starts like all others, then does so with every thread, and as a session where the machine shares by session', async () => {
  const work = `new Worker('setInterval(() => {}, 1000)', { eval: true }); console.log('begun');`;
  const args = ['--input-type=module', '-e', `import { Worker } from 'node:worker_threads'; ${work}`];
  const log = join(folder, 'threads.log');
  const child = launch({ name: 'threads', command: process.execPath, args, log, ready: () => Promise.resolve() });
  const it = identify(child.pid!);
  const nice = (options: string[]) =>
    execFileSync('ps', [...options, '-o', 'ni=', '-p', String(it.pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
  for (let turn = 0; turn < 100 && !readFileSync(log, 'utf8').includes('begun'); turn++) await wait(50);
  expect(nice([])).toEqual([String(getPriority())]);
  await giveWay(it.pid, 8);
  const group = `/proc/${it.pid}/autogroup`;
  const lower = String(Math.min(19, getPriority() + 8));
  expect(nice([])).toEqual([lower]);
  if (existsSync(group)) expect(readFileSync(group, 'utf8').split(' ').at(-1)!.trim()).toBe('8');
  if (existsSync(`/proc/${it.pid}/task`)) {
    const threads = nice(['-L']);
    expect(threads.length).toBeGreaterThan(2);
    expect(new Set(threads)).toEqual(new Set([lower]));
  }
  await endProcess(it);
});

test('the telling line of a log is the error, not the last warning', () => {
  const log =
    'starting\nError: port 1 is taken\n    at Server.listen\n{"level":"warn","msg":"an error nearby"}\n\nNode.js v24.0.0\n';
  expect(tellingLine(log)).toBe('Error: port 1 is taken');
  expect(tellingLine('Refused: it cannot start, error:\n- one\n- two\nnode x')).toBe(
    'Refused: it cannot start, error: - one - two',
  );
  expect(tellingLine('')).toBe('it said nothing');
});

test('back-off grows and has an end', () => {
  expect([0, 1, 2, 3, 10].map(backOff)).toEqual([100, 500, 1000, 2000, 10_000]);
});

const sleeper = (name: string, script: string): Launch => ({
  name,
  command: 'sh',
  args: ['-c', script],
  env: { PATH: process.env.PATH ?? '' },
  log: join(folder, `${name}.log`),
  ready: () => wait(20),
});

const eventually = async (is: () => boolean, withinMs: number): Promise<void> => {
  const end = Date.now() + withinMs;
  while (!is() && Date.now() < end) await wait(10);
  expect(is()).toBe(true);
};

test('what dies is started again within a second; what is stopped stays stopped', async () => {
  const unit = new Unit(
    'a',
    async () => sleeper('a', 'exec sleep 60'),
    () => {},
    () => {},
  );
  await unit.start();
  const first = unit.identity!;
  process.kill(first.pid, 'SIGKILL');
  await eventually(() => unit.state === 'ready' && unit.identity?.pid !== first.pid, 1_000);
  expect(unit.restarts).toBe(1);
  await unit.stop();
  expect(unit.state).toBe('stopped');
  await wait(300);
  expect(unit.identity).toBeNull();
  await unit.start();
  expect(unit.state).toBe('ready');
  await unit.stop();
});

test('a first start that fails says why and is not tried for ever', async () => {
  const broken: Launch = { ...sleeper('b', 'echo "Error: no such table"; exit 1'), ready: () => wait(5_000) };
  const unit = new Unit(
    'b',
    async () => broken,
    () => {},
    () => {},
  );
  await expect(unit.start()).rejects.toThrow(/b ended while starting: Error: no such table/);
  expect(unit.state).toBe('stopped');
});

test('one that cannot start on its data says what to do; a full disk is named as that', async () => {
  const start = (script: string) =>
    new Unit(
      'e',
      async () => ({ ...sleeper('e', script), ready: () => wait(5_000), remedy: 'Put a copy of it back.' }),
      () => {},
      () => {},
    ).start();
  await expect(start('echo "PANIC: could not read file"; exit 1')).rejects.toThrow(/not read file .* Put a copy/);
  const full = start('echo "FATAL: could not write: No space left on device"; exit 1');
  await expect(full).rejects.toThrow(/No space left .* is full: free some space/);
});

test('one that runs and never answers is told in a sentence too', async () => {
  const deaf: Launch = {
    ...sleeper('f', 'exec sleep 60'),
    ready: () => Promise.reject(new Error('no such database')),
    remedy: 'Put a copy of it back.',
  };
  const unit = new Unit(
    'f',
    async () => deaf,
    () => {},
    () => {},
  );
  await expect(unit.start()).rejects.toThrow(/^f does not answer: no such database \(log: .* Put a copy/);
});

test('a port that was taken meanwhile is tried again with what is prepared anew', async () => {
  let tries = 0;
  const prepare = async (): Promise<Launch> =>
    ++tries === 1
      ? { ...sleeper('c', 'echo "Error: listen EADDRINUSE"; exit 1'), ready: () => wait(5_000) }
      : sleeper('c', 'exec sleep 60');
  const unit = new Unit(
    'c',
    prepare,
    () => {},
    () => {},
  );
  await unit.start();
  expect(tries).toBe(2);
  await unit.stop();
});

test('a stop in the middle of a start leaves nothing running', async () => {
  const slow: Launch = { ...sleeper('d', 'exec sleep 60'), ready: () => wait(10_000, undefined, { ref: false }) };
  const unit = new Unit(
    'd',
    async () => slow,
    () => {},
    () => {},
  );
  const starting = unit.start();
  await eventually(() => unit.identity !== null, 1_000);
  const it = unit.identity!;
  await unit.stop();
  await expect(starting).rejects.toThrow(/stopped before it was ready/);
  expect(isAlive(it)).toBe(false);
});
