import { join, resolve } from 'node:path';
import { helpOf } from '../../deploy/help.js';
import { run } from '../../tools/stack-file.js';
import type { Bench } from './bench.js';
import { consumeOnce } from './consume-once.js';
import { intakeCost } from './intake-cost.js';
import { intakeDurable } from './intake-durable.js';
import { journalRelay } from './journal-relay.js';
import { memory } from './memory.js';
import { notifyPace } from './notify-pace.js';
import { recover } from './recover.js';
import { machine, report } from './report.js';
import { Stack } from './stack.js';

const BENCHES: readonly Bench[] = [intakeDurable, journalRelay, consumeOnce, recover, notifyPace, intakeCost, memory];

const home = resolve(process.env.MUSTER_HOME ?? '.local');
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Each on a stack of its own: what one leaves in the tables is no burden to the next. */
const measure = async (bench: Bench): Promise<boolean> => {
  say(`${bench.name}: ${bench.says}`);
  const { MUSTER_STACK } = process.env;
  const stack = await (MUSTER_STACK ? Stack.running(MUSTER_STACK) : Stack.start(home, say));
  let ending: Promise<void> | null = null;
  const end = (): Promise<void> => (ending ??= stack.end());
  const leave = () => void end().finally(() => process.exit(130));
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    const on = machine(stack.postgresVersion);
    return report(bench, await bench.run(stack, say), on, join(home, 'reports'));
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave);
    await end();
  }
};

run(async () => {
  const [name, ...more] = process.argv.slice(2);
  const chosen = BENCHES.filter((bench) => name === 'all' || bench.name === name);
  if (chosen.length === 0 || more.length > 0) {
    process.stdout.write(helpOf('bench'));
    return 2;
  }
  let good = true;
  for (const bench of chosen) {
    try {
      good = (await measure(bench)) && good;
    } catch (error) {
      say(`${bench.name}: ${(error as Error).stack}`);
      good = false;
    }
  }
  return good ? 0 : 1;
});
