import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the tools read of a running stack; interfaces.md §1. */
export interface Stack {
  readonly origin: string;
  readonly startedAt: string;
  readonly profile: string;
  readonly apps: Readonly<Record<string, readonly { pid: number; url: string; adminUrl: string; log: string }[]>>;
  readonly postgres: { readonly url: string };
  readonly redis: { readonly url: string };
  readonly kafka: { readonly brokers: readonly string[] };
  readonly mail: { readonly inbox: string; readonly url?: string };
  readonly providers: Readonly<Record<string, { readonly url: string }>>;
  readonly signIn: { readonly issuer: string };
  readonly partnerKey: string;
  readonly activation: string;
}

export const stackFile = (): string =>
  process.env.MUSTER_STACK ?? join(process.env.MUSTER_HOME ?? '.local', 'stack.json');

/** The running stack, or one sentence on how to start it. */
export const runningStack = (file = stackFile()): Stack => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Stack;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : (error as Error).message;
    throw new Error(`${file} ${why}: start the stack first, with "npm start" or "npm run stack -- up"`, {
      cause: error,
    });
  }
};

/** Runs a tool: its errors are one sentence on stderr, its exit code tells a script. */
export const run = (work: () => Promise<number | void>): void => {
  work().then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
};
