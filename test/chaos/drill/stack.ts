import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { supervisorOf } from '../../../deploy/local/control.js';
import { Home } from '../../../deploy/local/home.js';
import type { StackFile } from '../../../deploy/local/stack-file.js';

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

  async end(): Promise<void> {
    if (!this.starter || this.starter.exitCode !== null) return;
    const ended = new Promise((resolve) => this.starter!.once('exit', resolve));
    this.starter.kill('SIGTERM');
    await ended;
  }
}
