import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { helpOf } from '../../deploy/help.js';
import { run, runningStack, type Stack } from '../stack-file.js';
import { quantile } from './ledger.js';
import { SHARES } from './people.js';
import { Rehearsal, type Settings } from './rehearsal.js';
import { SHAPES, topRate, type Shape } from './shapes.js';
import { inMs, table } from './table.js';

const number = (text: string | undefined, otherwise: number, name: string): number => {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number`);
  return value;
};

const settingsFrom = (argv: readonly string[], stack: () => Stack): Settings | null => {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean' },
      ...{ applicants: option, shape: option, rate: option, activation: option, seed: option, ledger: option },
      ...{ completes: option, patience: option },
    },
  });
  if (values.help) return null;
  const applicants = number(values.applicants, 1000, 'applicants');
  if (!Number.isInteger(applicants) || applicants < 1)
    throw new Error('--applicants must be a whole number, at least 1');
  const shape = (values.shape ?? 'steady') as Shape;
  if (!SHAPES.includes(shape)) throw new Error(`--shape is one of ${SHAPES.join(', ')}`);
  const rate = number(values.rate, topRate(shape, applicants), 'rate');
  if (rate <= 0) throw new Error('--rate must be more than 0');
  const completes = number(values.completes, SHARES.completes, 'completes');
  if (completes > 1) throw new Error('--completes is a share: 0 to 1');
  const seed = (values.seed ?? Date.now().toString(36)).toLowerCase();
  if (!/^[a-z0-9]{1,20}$/.test(seed)) throw new Error('--seed takes up to 20 letters and digits');
  return {
    ...{ applicants, shape, rate, seed, completes },
    patienceMs: number(values.patience, 90, 'patience') * 1000,
    activation: values.activation ?? stack().activation,
    ledger: values.ledger ?? join(process.env.MUSTER_HOME ?? '.local', 'reports', `surge-${seed}.ndjson`),
  };
};

const rehearse = async (stack: Stack, settings: Settings): Promise<number> => {
  const { applicants, shape, rate, seed } = settings;
  const rehearsal = await Rehearsal.open(stack, settings);
  const { ledger, outcomes, load } = rehearsal;
  process.stdout.write(
    `${applicants} applicants, ${shape}, up to ${rate}/s, seed ${seed}, ledger ${settings.ledger}\n`,
  );
  await rehearsal.run(progress);
  process.stdout.write('\n');
  const verdict = await rehearsal.verdict();
  const { times } = outcomes;
  process.stdout.write(
    `\n${table([
      ['sent', load.sent],
      ['accepted', ledger.ids.size],
      ...[...ledger.refusals].sort().map(([reason, count]) => [`refused: ${reason}`, count] as const),
      ['replayed answers', ledger.replays],
      ['requests without an answer', ledger.noAnswers],
      [
        'acknowledgement p50 / p99',
        `${inMs(quantile(ledger.latencies, 0.5))} / ${inMs(quantile(ledger.latencies, 0.99))}`,
      ],
      ['time to outcome p50 / p95 / last', [0.5, 0.95, 1].map((q) => inMs(quantile(times, q))).join(' / ')],
      ['first form to last outcome', inMs(rehearsal.tookMs)],
      ...[...outcomes.states].map(([state, count]) => [`state: ${state}`, count] as const),
      ...[...outcomes.acts].sort().map(([act, count]) => [`did ${act}`, count] as const),
      ...Object.entries(verdict.messages).map(([name, count]) => [`messages: ${name}`, count] as const),
      ...Object.entries(verdict.promises).map(([name, count]) => [`promises: ${name}`, count] as const),
      ['lost', verdict.lost],
      ['doubled', verdict.doubled],
      ['late', verdict.late],
    ])}\n\n`,
  );
  const good = verdict.faults.length === 0;
  process.stdout.write(good ? 'VERDICT: nothing lost, doubled or late\n' : `VERDICT: ${verdict.faults.join('; ')}\n`);
  await rehearsal.close({ tookMs: Math.round(rehearsal.tookMs), ...verdict });
  return good ? 0 : 1;
};

const progress = (line: string): void => {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line.slice(0, (process.stdout.columns ?? 120) - 1)}`);
  else process.stdout.write(`${line}\n`);
};

run(async () => {
  const settings = settingsFrom(process.argv.slice(2), () => runningStack());
  if (!settings) {
    process.stdout.write(helpOf('surge'));
    return 0;
  }
  return rehearse(runningStack(), settings);
});
