import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { APPS } from '../../../deploy/apps.js';
import { moveClock } from '../../../deploy/local/clock.js';
import { supervisorOf } from '../../../deploy/local/control.js';
import { Home } from '../../../deploy/local/home.js';
import type { StackFile } from '../../../deploy/local/stack-file.js';
import type { Row } from './drill.js';
import { eventually } from './wait.js';

const STACK = fileURLToPath(new URL('../../../deploy/local/stack.js', import.meta.url));

/** A local stack, and the words that its supervisor takes. */
export class LocalStack {
  private constructor(
    readonly home: string,
    private readonly starter: ChildProcess | null,
  ) {}

  /** The one that runs from this home; else one of our own inside it, which ends with us. */
  static async find(home: string): Promise<LocalStack> {
    if (supervisorOf(new Home(home))) return new LocalStack(home, null);
    const own = join(home, 'chaos');
    mkdirSync(own, { recursive: true, mode: 0o700 });
    process.stdout.write(`No stack runs from ${home}; starting one in ${own}\n`);
    const starter = spawn(process.execPath, ['--enable-source-maps', STACK, 'foreground'], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      detached: true,
      env: { ...process.env, MUSTER_HOME: own },
    });
    await new Promise<void>((ready, failed) => {
      starter.on('message', (message: { ready?: string }) => message.ready !== undefined && ready());
      starter.once('exit', () => failed(new Error('the stack ended while starting; its words above say why')));
    });
    return new LocalStack(own, starter);
  }

  /** As it is now: pids change. */
  get file(): StackFile {
    return JSON.parse(readFileSync(join(this.home, 'stack.json'), 'utf8')) as StackFile;
  }

  /** `npm run stack -- …` */
  async say(...words: string[]): Promise<void> {
    const env = { ...process.env, MUSTER_HOME: this.home };
    await promisify(execFile)(process.execPath, [STACK, ...words], { env });
  }

  /** Whatever a run that failed has left behind: nothing frozen, nothing switched on, so many of each app, one if not said otherwise. */
  async restore(instances: Row['instances'] = {}): Promise<void> {
    const { apps, kafka, redis, postgres, mail, providers } = this.file;
    const outside = [mail, ...Object.values(providers)];
    const pids = [...Object.values(apps).flat(), ...outside, redis, postgres].map(({ pid }) => pid);
    for (const pid of [...pids, ...kafka.pids].filter((it) => it > 0)) wake(pid);
    moveClock(new Home(this.home), 'reset');
    const other = APPS.filter((app) => apps[app].length !== (instances[app] ?? 1));
    if (other.length > 0)
      await this.say('up', '--instances', other.map((app) => `${app}=${instances[app] ?? 1}`).join());
    await eventually(() => this.isWell(), 60_000, 'the stack is not well');
  }

  private async isWell(): Promise<boolean> {
    const { apps, mail, providers } = this.file;
    const calm = [mail, ...Object.values(providers)].map(({ url }) =>
      fetch(`${url}/faults`, { method: 'POST', body: '{}', signal: AbortSignal.timeout(2_000) }),
    );
    const ready = Object.values(apps)
      .flat()
      .map(async ({ adminUrl }) => {
        const answer = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
        const { dependencies } = (await answer.json()) as { dependencies: Record<string, string> };
        return { ok: answer.ok && Object.values(dependencies).every((state) => state === 'up') };
      });
    return (await Promise.all([...calm, ...ready])).every(({ ok }) => ok);
  }

  async end(): Promise<void> {
    if (!this.starter) return this.restore();
    if (this.starter.exitCode !== null) return;
    const ended = new Promise((resolve) => this.starter!.once('exit', resolve));
    this.starter.kill('SIGTERM');
    await ended;
  }
}

const wake = (pid: number): void => {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has ended meanwhile.
  }
};
