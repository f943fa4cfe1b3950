import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../stack.js';
import type { Role } from './house.js';
import type { Task, Times } from './worker.js';

export const roleOf = (stack: Stack, app: Role['app']): Role => ({
  app,
  secrets: join(stack.folder, 'secrets'),
  brokers: stack.file.kafka.brokers,
});

/** The worker's process, from here. */
export class Work {
  private constructor(private readonly child: ChildProcess) {}

  static async begin(task: Task): Promise<Work> {
    const child = fork(fileURLToPath(new URL('worker.js', import.meta.url)), {
      execArgv: ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=32'],
      env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    });
    const work = new Work(child);
    await work.ask({ task });
    return work;
  }

  get pid(): number {
    return this.child.pid!;
  }

  async times(): Promise<Times> {
    return (await this.ask({ times: true })).times!;
  }

  async clear(): Promise<void> {
    await this.ask({ clear: true });
  }

  /** Until the consumer has joined its group. */
  async serving(withinMs = 30_000): Promise<void> {
    for (const until = Date.now() + withinMs; !(await this.ask({ count: true })).serving; await wait(100))
      if (Date.now() > until) throw new Error('the consumer does not join its group');
  }

  /** Until so many events have passed. */
  async passed(events: number, withinMs: number): Promise<Times> {
    for (const until = Date.now() + withinMs; ; await wait(100)) {
      const { count } = await this.ask({ count: true });
      if (count >= events) return this.times();
      if (Date.now() > until) throw new Error(`${count} of ${events} events passed in ${withinMs / 1000} s`);
    }
  }

  async end(): Promise<void> {
    await this.ask({ end: true });
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }

  private async ask(what: object): Promise<Said> {
    const { promise, resolve, reject } = Promise.withResolvers<Said>();
    const end = (code: number | null) => reject(new Error(`the worker ended (${code})`));
    this.child.once('message', resolve).once('exit', end);
    this.child.send(what);
    try {
      const said = await promise;
      if (said.problem) throw new Error(said.problem);
      return said;
    } finally {
      this.child.off('message', resolve).off('exit', end);
    }
  }
}

interface Said {
  readonly times?: Times;
  readonly count: number;
  readonly serving: boolean;
  readonly problem?: string;
}
