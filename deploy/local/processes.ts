import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { saysFull, StackProblem } from './problem.js';

/** A process is known by its pid and the moment it started: a pid alone may belong to somebody else by now. */
export interface Identity {
  pid: number;
  startedAt: string;
}

/** What a part of the stack needs to be started; `ready` resolves when it answers. */
export interface Launch {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  uid?: number;
  gid?: number;
  log: string;
  stopSignal?: NodeJS.Signals;
  /** How long a polite stop may take before the process is killed. */
  stopWithinMs?: number;
  /** Once it answers. */
  niceness?: number;
  ipc?: boolean;
  /** What to do when it cannot start on what it finds. */
  remedy?: string;
  ready(): Promise<void>;
}

const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
  } catch {
    return '';
  }
};

/** The 22nd field of /proc/PID/stat, counted after the command's closing bracket because a command may hold spaces. */
export const startTimeFromStat = (stat: string): string | null => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return fields[19] ?? null;
};

/** Null when there is no such (living) process. */
export const startTimeOf = (pid: number): string | null => {
  if (process.platform === 'linux') {
    try {
      const ticks = startTimeFromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      return ticks === null ? null : `${bootId()}-${ticks}`;
    } catch {
      return null;
    }
  }
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
};

export const identify = (pid: number): Identity => ({ pid, startedAt: startTimeOf(pid) ?? 'gone' });

export const isAlive = (process: Identity): boolean => startTimeOf(process.pid) === process.startedAt;

export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
};

/** Asks first, kills after `withinMs`; does nothing to a process that only shares the pid. */
export const endProcess = async (
  it: Identity,
  signal: NodeJS.Signals = 'SIGTERM',
  withinMs = 10_000,
): Promise<void> => {
  if (!isAlive(it)) return;
  sendSignal(it.pid, signal);
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    if (!isAlive(it)) return;
    await wait(25);
  }
  sendSignal(it.pid, 'SIGKILL');
  while (isAlive(it)) await wait(25);
};

/**
 * Others go first from now on: while it starts, people wait for it and it serves nobody. Linux counts niceness by thread, and
 * may share the processor out by session first: each part of the stack is a session of its own, and then a niceness counts
 * only within the part, and the session needs one too. Without root, one may be set each 100 ms.
 */
export const giveWay = async (pid: number, niceness: number): Promise<void> => {
  try {
    const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`).map(Number) : [pid];
    for (const thread of threads) setPriority(thread, Math.min(19, getPriority() + niceness));
  } catch {
    // It has ended meanwhile.
  }
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
    await wait(100 + Math.random() * 100);
  }
};

/** Starts it in a process group of its own, so that Ctrl-C reaches the supervisor alone and the order of stopping is ours. */
export const launch = (it: Launch): ChildProcess => {
  const log = openSync(it.log, 'a', 0o600);
  try {
    return spawn(it.command, it.args, {
      cwd: it.cwd,
      env: it.env ?? {},
      uid: it.uid,
      gid: it.gid,
      detached: true,
      stdio: it.ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
};

const TELLING = /fatal|panic|error|abort|exception|no space|refuse/i;

/** The line of a log that says what went wrong, for people. */
export const tellingLine = (log: string): string => {
  const lines = log
    .slice(-20_000)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^\{"level":"(warn|info|debug)"|^Node\.js v|^at /.test(line));
  const at = lines.findLastIndex((line) => TELLING.test(line));
  const told = [lines.at(at) ?? 'it said nothing'];
  // "The app cannot start:" is only the heading of what follows.
  for (const line of at < 0 ? [] : lines.slice(at + 1, at + 12)) {
    if (!told.at(-1)!.endsWith(':') && !line.startsWith('- ')) break;
    told.push(line);
  }
  return told.join(' ').slice(0, 800);
};

/** What happened, its own last words where they tell why, and what to do about it. */
const problemOf = (it: Launch, happened: string): StackProblem => {
  const remedy = saysFull(happened) ? `The disk of ${it.log} is full: free some space and start again.` : it.remedy;
  return new StackProblem([`${it.name} ${happened} (log: ${it.log}).`, remedy].filter(Boolean).join(' '));
};

const lastWords = (log: string): string => tellingLine(existsSync(log) ? readFileSync(log, 'utf8') : '');

/** Resolves when it answers; fails at once when it ends before that. */
export const readyOrDead = async (child: ChildProcess, it: Launch): Promise<void> => {
  let onError = (_: Error) => {};
  let onExit = () => {};
  const died = new Promise<never>((_, reject) => {
    onError = (error) => reject(new StackProblem(`${it.name} could not be started: ${error.message}.`));
    onExit = () => reject(problemOf(it, `ended while starting: ${lastWords(it.log)}`));
  });
  child.once('error', onError).once('exit', onExit);
  try {
    const ready = it.ready().catch((error: Error) => {
      throw error instanceof StackProblem ? error : problemOf(it, `does not answer: ${error.message}`);
    });
    await Promise.race([ready, died]);
  } finally {
    child.off('error', onError).off('exit', onExit);
  }
};

/** Tries until it works; the last error is the one told. */
export const until = async (attempt: () => Promise<void>, withinMs: number, everyMs = 50): Promise<void> => {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await wait(everyMs);
    }
  }
};
