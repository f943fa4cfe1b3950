import type { Result } from './run-row.js';

export interface Summary {
  readonly row: string;
  readonly seeds: number;
  readonly passed: number;
  /** The longest that a process which was killed was away. */
  readonly awaySeconds: number | null;
  readonly recoverySeconds: number | null;
  readonly drainedPerSecond: number | null;
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
export const summaryOf = (row: string, results: readonly Result[]): Summary => {
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
    recoverySeconds: worst(
      mine.map((it) => it.recoverySeconds),
      Math.max,
    ),
    drainedPerSecond: worst(
      mine.map((it) => it.drainedPerSecond),
      Math.min,
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
  'recovery s',
  'drain /s',
  'absorbed',
  'lost',
  'doubled',
  'also seen',
];

export const columns = (rows: readonly Summary[]): string => {
  const lines = rows.map((it) => [
    ...[it.row, it.seeds, it.passed, it.awaySeconds, it.recoverySeconds, it.drainedPerSecond],
    ...[it.absorbed, it.lost, it.doubled],
    Object.entries(it.seen)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  ]);
  const all = [HEADS, ...lines].map((line) => line.map((cell) => String(cell ?? '-')));
  const widths = HEADS.map((_, n) => Math.max(...all.map((line) => line[n]!.length)));
  return all
    .map((line) => line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('  '))
    .join('\n');
};
