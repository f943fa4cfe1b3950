import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { helpOf } from '../../deploy/help.js';
import { ROOT } from '../../deploy/local/root.js';
import { run } from '../../tools/stack-file.js';
import { ALL, ROWS } from './rows.js';
import { runRow, type Result } from './drill/run-row.js';
import { LocalStack } from './drill/stack.js';
import { columns, summaryOf } from './drill/table.js';

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
};

/** A run that cannot be judged is a run that failed. */
const failed = (row: string, seed: string, error: unknown): Result => ({
  ...{ row, seed, faults: [error instanceof Error ? error.message : String(error)], seconds: 0, away: [], seen: {} },
  ...{ recoverySeconds: null, drainedPerSecond: null, absorbed: 0, lost: 0, doubled: 0, late: 0 },
});

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
  const stack = await LocalStack.find(resolve(process.env.MUSTER_HOME ?? join(ROOT, '.local')));
  const began = performance.now();
  const results: Result[] = [];
  try {
    for (const name of names)
      for (const seed of seeds) {
        const result = await runRow(stack, name, { ...ROWS[name]!, ...settings }, seed).catch((error: unknown) =>
          failed(name, seed, error),
        );
        results.push(result);
        const { faults, recoverySeconds, seconds } = result;
        process.stdout.write(
          `${faults.length === 0 ? '✓' : '✗'} ${name} seed ${seed}: ${faults.join('; ') || `recovered in ${recoverySeconds?.toFixed(1)} s`} (${seconds.toFixed(0)} s)\n`,
        );
      }
  } finally {
    await stack.end();
  }
  const summaries = names.map((name) => summaryOf(name, results));
  process.stdout.write(`\n${columns(summaries)}\n`);
  const file = join(resolve(process.env.MUSTER_HOME ?? join(ROOT, '.local')), 'reports', 'chaos.json');
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  const machine = { cores: cpus().length, model: cpus()[0]?.model, memoryGb: Math.round(totalmem() / 1e9) };
  const versions = { node: process.version, commit: commit() };
  const seconds = Math.round((performance.now() - began) / 1000);
  writeFileSync(
    file,
    JSON.stringify({ at: new Date(), seconds, machine, versions, rows: summaries, runs: results }, null, 2),
  );
  const bad = results.filter(({ faults }) => faults.length > 0).length;
  process.stdout.write(`${results.length - bad} of ${results.length} runs held, in ${seconds} s; ${file}\n`);
  return bad === 0 ? 0 : 1;
});
