import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { atLeast, atMost, told, type Bench } from './bench.js';
import { drain } from './drain.js';
import { checkLedger } from './ledger.js';
import type { Told } from './load/generator.js';
import { crowdOf, Load } from './load/load.js';
import { Pgbench } from './pgbench.js';
import { Reference } from './reference/reference.js';
import { cpuNote, Meter, processesOf, rssNote, type Usage } from './usage.js';

const P99_MS = 50;
const GATE = 0.6;
const TIMES_REFERENCE = 8;
const STINT_S = 12;
const DRAIN_S = 60;
/** Shares of the ceiling that are tried, the highest first: the first that holds is the figure. */
const SHARES = [0.95, 0.85, 0.75, 0.65, 0.5, 0.35];

/** Holds: everything that came was answered, rightly and in time, at the rate at which it came. */
const holds = (told: Told, rate: number): boolean =>
  told.errors === 0 && told.p99 <= P99_MS && told.perSecond >= rate * 0.93;

/** As fast as answers come for a few seconds; then paced, by an open clock, at the highest share of it that holds. */
const highest = async (load: Load, say: (line: string) => void, begun: () => void): Promise<Told> => {
  await load.stint({ rate: 3_000, paced: false, seconds: 6, unheeded: 2 });
  const ceiling = await load.stint({ rate: 16_000, paced: false, seconds: 6, unheeded: 2 });
  say(`  ceiling ${ceiling.perSecond}/s (errors ${ceiling.errors} ${ceiling.firstError ?? ''})`);
  let held: Told = ceiling;
  for (const share of SHARES) {
    const rate = Math.round(ceiling.perSecond * share);
    await wait(2_000);
    held = await load.stint({ rate, paced: true, seconds: STINT_S, unheeded: 2 }, begun);
    say(`  ${rate}/s: ${held.perSecond}/s new, p50 ${held.p50} ms, p99 ${held.p99} ms, errors ${held.errors}`);
    if (holds(held, rate)) break;
  }
  // When none holds, the last one stands in the table with what it missed.
  return held;
};

export const intakeDurable: Bench = {
  name: 'intake-durable',
  says: 'durable 202 a second: partner key, Idempotency-Key, encryption, metrics and consumers on',
  async run(stack, say) {
    const { file, database } = stack;
    const connections = 512;
    const folder = join(stack.folder, 'bench');
    mkdirSync(folder, { recursive: true });
    const ledger = join(folder, 'acknowledged');
    const since = new Date(Date.now() - 1000);
    const seed = `b${Date.now().toString(36)}`;
    const crowd = await crowdOf(database, file.activation, seed);
    const plan = { crowd, partnerKey: file.partnerKey, connections };

    const pgbench = await Pgbench.prepare(file.postgres.url);
    const before = await pgbench.perSecond(8);
    say(`pgbench ${Math.round(before)}/s`);

    const load = await Load.begin({ ...plan, url: file.apps.intake[0]!.url, ledger });
    let meter: Meter | null = null;
    const watched = { ...processesOf(file), generator: [load.pid] };
    say('intake');
    let held: Told;
    let usage: ReadonlyMap<string, Usage>;
    try {
      held = await highest(load, say, () => void (meter = new Meter(watched)));
      usage = meter!.end();
    } finally {
      await load.end();
    }
    const drained = await drain(database, say, DRAIN_S * 3);
    const books = await checkLedger(ledger, database, since);

    const after = await pgbench.perSecond(8);
    say(`pgbench ${Math.round(after)}/s`);
    await pgbench.end();

    const reference = await Reference.start(file.postgres.url);
    const other = join(folder, 'reference');
    const peerLoad = await Load.begin({ ...plan, url: reference.url, ledger: other });
    say('reference stack');
    // Its ceiling counts in full, however late the answers: it is not asked for a p99.
    const peer = await peerLoad.stint({ rate: 4_000, paced: false, seconds: 10, unheeded: 3 });
    say(`  ceiling ${peer.perSecond}/s`);
    await peerLoad.end();
    await reference.end();
    rmSync(folder, { recursive: true, force: true });

    return {
      figures: [
        atLeast(GATE, 'durable 202/s', held.perSecond, '/s', 'pgbench', (before + after) / 2),
        atLeast(TIMES_REFERENCE, 'durable 202/s', held.perSecond, '/s', 'reference stack', peer.perSecond),
        atMost(0, 'errors', held.errors, ''),
        atMost(P99_MS, 'p99', held.p99, 'ms'),
        told('p50', held.p50, 'ms'),
        told('p99.9', held.p999, 'ms'),
        atMost(DRAIN_S, 'backlog drained after', drained, 's'),
      ],
      faults: books.faults,
      notes: [
        cpuNote(usage, held.sent),
        rssNote(usage),
        ['acknowledged in all', String(books.acknowledged)],
        ['pgbench before / after', `${Math.round(before)} / ${Math.round(after)} per second`],
      ],
    };
  },
};
