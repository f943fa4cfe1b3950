import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { runningStack } from '../../../tools/stack-file.js';
import { Rehearsal } from '../../../tools/surge/rehearsal.js';
import { openActivation } from './activation.js';
import { Absorbed } from './absorbed.js';
import { Drill, type Away, type Row } from './drill.js';
import { missed } from './limits.js';
import { waitingOf } from './recovery.js';
import type { LocalStack } from './stack.js';

const APPLICANTS = 225;
const RATE = 75;
/** Of the time that people take to answer, so that a run is short. */
const PACE = 0.15;
/** A server may be away for longer than most people would wait. */
const TRIES = 100;

export interface Result {
  readonly row: string;
  readonly seed: string;
  readonly faults: readonly string[];
  readonly seconds: number;
  readonly away: readonly Away[];
  /** From the end of the fault until all that had come before was dealt with; null: not within patience. */
  readonly recoverySeconds: number | null;
  readonly drainedPerSecond: number | null;
  readonly absorbed: number;
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  readonly seen: Drill['seen'];
}

/** Load, fault, wait, verdict. */
export const runRow = async (
  stack: LocalStack,
  name: string,
  row: Row & { readonly patienceMs: number },
  seed: string,
): Promise<Result> => {
  const began = performance.now();
  await stack.restore(row.instances);
  const file = runningStack(join(stack.home, 'stack.json'));
  const database = new Pool({ connectionString: file.postgres.url, max: 1 });
  database.on('error', () => {});
  const slug = await freshSlug(database, `drill-${name}-${seed}`);
  await openActivation(file, database, slug);
  const applicants = row.applicants ?? APPLICANTS;
  const rehearsal = await Rehearsal.open(file, {
    ...{ activation: slug, applicants, shape: 'steady', rate: row.rate ?? RATE, pace: PACE },
    ...{ seed: slug.replace(/^drill-|-/g, '').slice(-20), completes: 1, tries: TRIES, patienceMs: row.patienceMs },
    ledger: join(stack.home, 'reports', 'chaos', `${slug}.ndjson`),
  });
  const drill = new Drill(`${name}-${seed}`, { stack, rehearsal, applicants, patienceMs: row.patienceMs });
  const absorbed = new Absorbed(() => drill.file);
  try {
    await absorbed.begin();
    let recovery: Recovery = { recoverySeconds: null, drainedPerSecond: null };
    const injected = row
      .inject(drill)
      .catch((error: Error) => drill.faults.push(error.message))
      .then(async () => {
        recovery = await recover(drill);
      })
      .then(() => drill.measured())
      .catch((error: Error) => drill.faults.push(error.message));
    await rehearsal.run(() => void absorbed.look(), injected);
    await row.after?.(drill);
    await absorbed.look();
    const verdict = await rehearsal.verdict();
    const faults = [
      ...verdict.faults,
      ...drill.faults,
      ...missed(row.limits ?? {}, { ...recovery, away: drill.away, seen: drill.seen }),
    ];
    if (recovery.recoverySeconds === null) faults.push('what waited was never dealt with');
    const { ledger } = rehearsal;
    const result: Result = {
      ...{ row: name, seed, faults, ...recovery, away: drill.away, seen: drill.seen },
      seconds: (performance.now() - began) / 1000,
      absorbed: absorbed.count + ledger.replays + (verdict.messages['of it repeated'] ?? 0),
      ...{ lost: verdict.lost, doubled: verdict.doubled, late: verdict.late },
    };
    await rehearsal.close(result);
    return result;
  } finally {
    await database.end();
  }
};

type Recovery = Pick<Result, 'recoverySeconds' | 'drainedPerSecond'>;

/** What had come before the fault ended and is not dealt with yet, until there is none of it. */
const recover = async (drill: Drill): Promise<Recovery> => {
  const { healedAt, patienceMs } = drill;
  let first: number | null = null;
  for (const until = performance.now() + patienceMs; performance.now() < until; await sleep(100)) {
    const left = await waitingOf(drill.rehearsal, healedAt).catch(() => null);
    first ??= left;
    if (left !== 0) continue;
    const recoverySeconds = (Date.now() - healedAt.getTime()) / 1000;
    return { recoverySeconds, drainedPerSecond: first === 0 ? null : first! / recoverySeconds };
  }
  return { recoverySeconds: null, drainedPerSecond: null };
};

/** The first time on a stack the very name, so that a seed can be run again as it was. */
const freshSlug = async (database: Pool, slug: string): Promise<string> => {
  const { rows } = await database.query<{ slug: string }>(
    'select slug from coordination.activation where slug = $1 or slug like $2',
    [slug, `${slug}-again%`],
  );
  return rows.length === 0 ? slug : `${slug}-again${rows.length}`;
};
