import { readFileSync } from 'node:fs';
import { Desk } from '../../deploy/local/demo/desk.js';
import { quantile } from '../../tools/surge/ledger.js';
import type { Row } from './drill/drill.js';

const RATE = 100;

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

export const row: Row = {
  says: 'vetting or notification at a tenth of its speed for 10 s: the front door does not notice, the board shows the lag, it is dealt with',
  applicants: 1_300,
  rate: RATE,
  // Told and not judged: the p99 of intake differs by far more than the fifth that it may rise by between two stretches
  // without a fault, and memory has no limit here but `npm run bench -- memory`.
  limits: { lagShownSeconds: 10 },
  inject: async (drill) => {
    const { latencies } = drill.rehearsal.ledger;
    const operator = await Desk.of(drill.file, 'operator@demo.example');
    const app = drill.random.one(['vetting', 'notification'] as const);
    const pid = drill.pidOf(app);
    await drill.underLoad(0.25, 0.3);
    const [before, resident] = [latencies.length, residentMb(pid)];
    // What comes in half a second: in good times it is less.
    const isShown = async (): Promise<boolean> => {
      const { consumers } = (await operator.get('/v1/ops/overview')).body as {
        consumers: { group: string; lag: number }[];
      };
      return consumers.some(({ group, lag }) => group === app && lag >= RATE / 2);
    };
    const shown = drill.within(isShown, 10_000, 'the board does not show the lag');
    [drill.seen.lagShownSeconds] = await Promise.all([shown, drill.slowDown(pid, 10_000)]);
    const [usual, slowed] = [latencies.slice(0, before), latencies.slice(before)].map((some) => quantile(some, 0.99)!);
    Object.assign(drill.seen, { usualP99Ms: usual!, slowedP99Ms: slowed!, grewMb: residentMb(pid) - resident });
  },
};
