import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { helpOf } from '../../deploy/help.js';
import { ROOT } from '../../deploy/local/root.js';
import { run } from '../../tools/stack-file.js';
import { ALL, ROWS } from './rows.js';
import { runRow, type Result } from './drill/run-row.js';
import { Report } from './drill/report.js';
import { LocalStack } from './drill/stack.js';

/** A run that cannot be judged is a run that failed. */
const failed = (row: string, seed: string, error: unknown): Result => ({
  ...{ row, seed, faults: [error instanceof Error ? error.message : String(error)], seconds: 0, away: [], seen: {} },
  ...{ recoverySeconds: null, drainedPerSecond: null, absorbed: 0, lost: 0, doubled: 0, late: 0 },
});

/** Whatever hangs in one run, the others have their turn. */
const RUN_MS = 600_000;

const inTime = (run: Promise<Result>): Promise<Result> =>
  Promise.race([
    run,
    sleep(RUN_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`no end in ${RUN_MS / 1000} s`))),
  ]);

const lineOf = ({ row, seed, faults, recoverySeconds, seconds }: Result): string =>
  `${faults.length === 0 ? '✓' : '✗'} ${row} seed ${seed}: ${faults.join('; ') || `recovered in ${recoverySeconds?.toFixed(1)} s`} (${seconds.toFixed(0)} s)`;

const whole = (text: string | undefined, otherwise: number, name: string): number => {
  const value = Number(text ?? otherwise);
  if (!Number.isInteger(value) || value < 1 || value > 100_000) throw new Error(`--${name} takes a whole number`);
  return value;
};

run(async () => {
  const option = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    options: { seeds: option, seed: option, applicants: option, patience: option, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => name !== 'all' && !(name in ROWS));
  if (values.help || positionals.length === 0 || unknown.length > 0) {
    process.stdout.write(`${unknown.length > 0 ? `There is no row ${unknown.join(', ')}.\n` : ''}${helpOf('chaos')}`);
    return values.help ? 0 : 2;
  }
  const seeds = values.seed
    ? [values.seed]
    : Array.from({ length: whole(values.seeds, 1, 'seeds') }, (_, n) => String(n + 1));
  if (!seeds.every((seed) => /^[a-z0-9]{1,4}$/.test(seed))) throw new Error('--seed takes up to 4 letters and digits');
  const settings = {
    patienceMs: whole(values.patience, 90, 'patience') * 1000,
    ...(values.applicants ? { applicants: whole(values.applicants, 0, 'applicants') } : {}),
  };
  const names = positionals.flatMap((name) => (name === 'all' ? ALL : [name]));
  const home = resolve(process.env.MUSTER_HOME ?? join(ROOT, '.local'));
  const stack = await LocalStack.find(home);
  const results: Result[] = [];
  const report = new Report(join(home, 'reports'), names);
  try {
    // A run that is cut short has judged every row about equally often.
    for (const seed of seeds)
      for (const name of names) {
        const run = runRow(stack, name, { ...ROWS[name]!, ...settings }, seed);
        const result = await inTime(run).catch((error: unknown) => failed(name, seed, error));
        results.push(result);
        report.write(results);
        process.stdout.write(`${lineOf(result)}\n`);
      }
  } finally {
    await stack.end();
  }
  process.stdout.write(`\n${report.write(results)}\n${report.file}\n`);
  return results.every(({ faults }) => faults.length === 0) ? 0 : 1;
});
