import { join } from 'node:path';
import { atMost, told, type Bench } from './bench.js';
import { drain } from './drain.js';
import { checkLedger } from './ledger.js';
import { crowdOf, Load } from './load/load.js';
import { processesOf, residentOf } from './usage.js';

const APPLICANTS = 100_000;
const RATE = 500;
const MOST_MB = 350;
/** How much more the last third may hold than the second. */
const GROWTH = 1.1;
const EVERY_MS = 1_000;

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

export const memory: Bench = {
  name: 'memory',
  says: `resident memory of each app over ${APPLICANTS} applicants`,
  async run(stack, say) {
    const { file, database } = stack;
    const since = new Date(Date.now() - 1000);
    const ledger = join(stack.folder, 'memory-acknowledged');
    const crowd = await crowdOf(database, file.activation, `m${Date.now().toString(36)}`);
    const load = await Load.begin({
      ...{ crowd, ledger, partnerKey: file.partnerKey, connections: 256 },
      url: file.apps.intake[0]!.url,
    });
    const apps = Object.keys(file.apps);
    const samples = new Map<string, number[]>(apps.map((app) => [app, []]));
    const watching = setInterval(() => {
      const now = processesOf(stack.file);
      for (const app of apps) samples.get(app)!.push(residentOf(now[app]![0]!));
    }, EVERY_MS);
    let errors = 0;
    let late = 0;
    try {
      // In stretches: a hundred thousand forms made ready at once would be the generator's memory, not the service's.
      for (let sent = 0; sent < APPLICANTS;) {
        const told = await load.stint({ rate: RATE, paced: true, seconds: 20, unheeded: 0 });
        sent += told.sent;
        errors += told.errors;
        late = Math.max(late, told.p99);
        say(`  ${sent}: ${apps.map((app) => `${app} ${Math.round(samples.get(app)!.at(-1) ?? 0)}`).join(', ')} MB`);
      }
    } finally {
      clearInterval(watching);
      await load.end();
    }
    const drained = await drain(database, say, 600);
    const books = await checkLedger(ledger, database, since);
    const third = (app: string, n: number): number => {
      const all = samples.get(app)!;
      return mean(all.slice((all.length * n) / 3, (all.length * (n + 1)) / 3));
    };
    return {
      figures: [
        ...apps.map((app) => atMost(MOST_MB, `${app}: most`, Math.max(...samples.get(app)!), 'MB')),
        ...apps.map((app) => atMost(GROWTH, `${app}: last third to second`, third(app, 2) / third(app, 1), '×')),
        atMost(0, 'errors', errors, ''),
        told('worst p99 of a stretch', late, 'ms'),
        told('drained after', drained, 's'),
      ],
      faults: books.faults,
      notes: [['acknowledged', String(books.acknowledged)]],
    };
  },
};
