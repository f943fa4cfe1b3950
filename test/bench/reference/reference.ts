import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The reference stack's process, from here. */
export class Reference {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(databaseUrl: string): Promise<Reference> {
    const child = fork(fileURLToPath(new URL('main.js', import.meta.url)), {
      env: { ...process.env, DATABASE_URL: databaseUrl },
      execArgv: ['--enable-source-maps', '--max-semi-space-size=32'],
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error('the reference stack does not start');
    });
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ url: string }];
    ended.catch(() => undefined);
    return new Reference(child, message.url);
  }

  get pid(): number {
    return this.child.pid!;
  }

  async end(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}
