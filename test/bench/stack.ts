import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Home } from '../../deploy/local/home.js';
import { send, supervisorOf } from '../../deploy/local/control.js';
import type { StackFile } from '../../deploy/local/stack-file.js';

/** A stack of the benchmarks' own, in a home of its own: started afresh, deleted at the end, gone with us whatever happens. */
export class Stack {
  private constructor(
    /** Null: it was there before us and stays. */
    private readonly child: ChildProcess | null,
    readonly folder: string,
    readonly database: pg.Client,
    readonly postgresVersion: string,
  ) {}

  static async start(home: string, say: (line: string) => void): Promise<Stack> {
    const folder = join(home, `bench-${process.pid}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const child = spawn(
      process.execPath,
      [
        ...['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'],
        ...[fileURLToPath(new URL('../../deploy/local/stack.js', import.meta.url)), 'foreground'],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        detached: true,
        env: { ...process.env, MUSTER_HOME: folder, MUSTER_LENIENT: '' },
      },
    );
    let words = '';
    child.stdout!.on('data', (chunk: Buffer) => (words += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (words += chunk.toString()));
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: { ready?: string }) => message.ready !== undefined && resolve());
      child.once('exit', () => reject(new Error(`the stack of the benchmark does not start:\n${words}`)));
    });
    say('Starting a stack of its own');
    await ready;
    return Stack.at(folder, child);
  }

  /** One that runs already, to look closer: what it has done before is in its tables. */
  static running(file: string): Promise<Stack> {
    return Stack.at(dirname(resolvePath(file)), null);
  }

  private static async at(folder: string, child: ChildProcess | null): Promise<Stack> {
    const { postgres } = readStack(folder);
    const database = new pg.Client({ connectionString: postgres.url, application_name: 'bench' });
    // Benchmarks that kill the database look for it anew.
    database.on('error', () => undefined);
    await database.connect();
    const { rows } = await database.query<{ version: string }>("select current_setting('server_version') as version");
    return new Stack(child, folder, database, rows[0]!.version);
  }

  /** As it is now: a restarted process has another number. */
  get file(): StackFile {
    return readStack(this.folder);
  }

  /** A word to the supervisor: `stop`, `start`, `restart` of apps or servers. */
  async tell(command: string, ...names: string[]): Promise<void> {
    const door = supervisorOf(new Home(this.folder));
    if (!door) throw new Error('the stack of the benchmark is gone');
    const problem = await send(door, command, names, () => undefined);
    if (problem) throw new Error(problem);
  }

  async end(): Promise<void> {
    await this.database.end().catch(() => undefined);
    if (!this.child) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const readStack = (folder: string): StackFile =>
  JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8')) as StackFile;
