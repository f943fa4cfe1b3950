import type { Limits } from './limits.js';
import type { Result } from './run-row.js';

export interface Summary {
  readonly row: string;
  readonly seeds: number;
  readonly passed: number;
  /** The longest that a process which was killed was away, and that its group was without one who reads its partitions. */
  readonly awaySeconds: number | null;
  readonly partitionsSeconds: number | null;
  readonly recoverySeconds: number | null;
  readonly drainedPerSecond: number | null;
  readonly limits: Limits;
  /** The longest of its runs. */
  readonly seconds: number | null;
  readonly absorbed: number;
  readonly lost: number;
  readonly doubled: number;
  readonly seen: Readonly<Record<string, number>>;
}

const worst = (values: readonly (number | null)[], of: (...all: number[]) => number): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.round(of(...known) * 10) / 10;
};

/** The worst of every figure over the seeds of a row. */
export const summaryOf = (row: string, limits: Limits, results: readonly Result[]): Summary => {
  const mine = results.filter((it) => it.row === row);
  const sum = (of: (it: Result) => number): number => mine.reduce((total, it) => total + of(it), 0);
  const names = [...new Set(mine.flatMap(({ seen }) => Object.keys(seen)))];
  return {
    row,
    seeds: mine.length,
    passed: mine.filter(({ faults }) => faults.length === 0).length,
    awaySeconds: worst(
      mine.flatMap(({ away }) => away.map(({ seconds }) => seconds)),
      Math.max,
    ),
    partitionsSeconds: worst(
      mine.flatMap(({ away }) => away.map(({ partitions }) => partitions)),
      Math.max,
    ),
    recoverySeconds: worst(
      mine.map((it) => it.recoverySeconds),
      Math.max,
    ),
    drainedPerSecond: worst(
      mine.map((it) => it.drainedPerSecond),
      Math.min,
    ),
    limits,
    seconds: worst(
      mine.map((it) => it.seconds),
      Math.max,
    ),
    ...{ absorbed: sum((it) => it.absorbed), lost: sum((it) => it.lost), doubled: sum((it) => it.doubled) },
    seen: Object.fromEntries(
      names.map((name) => [
        name,
        worst(
          mine.map(({ seen }) => seen[name] ?? null),
          Math.max,
        )!,
      ]),
    ),
  };
};

const HEADS = [
  'row',
  'seeds',
  'passed',
  'away s',
  'partitions s',
  'recovery s',
  'limits',
  'drain /s',
  'absorbed',
  'lost',
  'doubled',
  'run s',
  'also seen',
];

/** What the figures are, for whoever reads the table alone. */
const LEGEND = `The worst of all seeds. away: from a kill until the next process answers; partitions: from a kill until the group has shared
out its partitions without the dead; recovery: from the end of the fault (of a kill: from the kill) until nothing of what
had come before waits any more, be it a form to be looked at or a message to be sent; limits: what a run may take at most,
and fails when it takes longer; drain: what waited at the end of the fault, by its recovery; run: the longest of them.`;

export const columns = (rows: readonly Summary[]): string => {
  const lines = rows.map((it) => [
    ...[it.row, it.seeds, it.passed, it.awaySeconds, it.partitionsSeconds, it.recoverySeconds, said(it.limits)],
    ...[it.drainedPerSecond, it.absorbed, it.lost, it.doubled, it.seconds, said(it.seen)],
  ]);
  const all = [HEADS, ...lines].map((line) => line.map((cell) => String(cell ?? '-')));
  const widths = HEADS.map((_, n) => Math.max(...all.map((line) => line[n]!.length)));
  const table = all.map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('  '),
  );
  return [...table, '', LEGEND].join('\n');
};

const said = (figures: Readonly<Record<string, number>>): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || '-';
