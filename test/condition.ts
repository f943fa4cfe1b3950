import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runningStack } from '../tools/stack-file.js';

interface Line {
  readonly level?: string;
  readonly code?: string;
  readonly msg?: string;
}

/** How a stack was when something on it failed: who is ready, what stands in no log of a good run, and how often. */
export const conditionOf = async (home: string): Promise<string> => {
  const { apps, mail, providers } = runningStack(join(home, 'stack.json'));
  const ask = async (name: string, url: string): Promise<string> => {
    const began = performance.now();
    const said = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => `${answer.status} ${(await answer.text()).slice(0, 300)}`,
      (error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`,
    );
    return `${name}: ${said} (${Math.round(performance.now() - began)} ms)`;
  };
  const answers = await Promise.all([
    ...Object.entries(apps).flatMap(([name, all]) => all.map((one) => ask(name, `${one.adminUrl}/readyz`))),
    ...Object.entries({ mail, ...providers }).map(([name, { url }]) => ask(name, `${url}/faults`)),
  ]);
  const logs = join(home, 'logs');
  const complaints = readdirSync(logs).flatMap((file) => complaintsOf(file, readFileSync(join(logs, file), 'utf8')));
  return ['The stack, as it was:', ...answers, ...complaints].map((line) => `  ${line}`).join('\n');
};

/** One line for each kind of warning or error: how often, when last, and the last one as it stands. */
const complaintsOf = (file: string, text: string): string[] => {
  const seen = new Map<string, { times: number; last: string }>();
  for (const line of text.split('\n')) {
    const it = parsed(line);
    if (it.level !== 'warn' && it.level !== 'error' && it.level !== 'fatal') continue;
    const kind = `${it.level} ${it.code ?? it.msg ?? '?'}`;
    seen.set(kind, { times: (seen.get(kind)?.times ?? 0) + 1, last: line.slice(0, 400) });
  }
  return [...seen].map(([kind, { times, last }]) => `${file} ${kind} ${times}×, last: ${last}`);
};

const parsed = (line: string): Line => {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return {};
  }
};
