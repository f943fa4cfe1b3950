import { APPS } from '../../../deploy/apps.js';
import type { Result } from './run-row.js';

/**
 * What a row must keep within. In seconds, `process`: each app that was killed, until it answers; `partitions`: until its
 * group has shared them out again; `postgres`: until it answers; `recovery`: until nothing waits any more of what had come
 * before; else a figure of the row's own.
 */
export type Limits = Readonly<Record<string, number>>;

type Measured = Pick<Result, 'away' | 'recoverySeconds' | 'seen'>;

const figuresOf = (name: string, { away, recoverySeconds, seen }: Measured): (readonly [string, number])[] => {
  const apps = away.filter((it) => (APPS as readonly string[]).includes(it.name));
  if (name === 'process') return apps.map((it) => [it.name, it.seconds]);
  if (name === 'partitions')
    return apps.flatMap((it) => (it.partitions === null ? [] : [[`the partitions of ${it.name}`, it.partitions]]));
  if (name === 'postgres') return away.filter((it) => it.name === name).map((it) => [name, it.seconds]);
  const value = name === 'recovery' ? recoverySeconds : seen[name];
  return value === null || value === undefined ? [] : [[name, value]];
};

/** Each figure above its limit; one that was not measured has not been kept either. */
export const missed = (limits: Limits, run: Measured): string[] =>
  Object.entries(limits).flatMap(([name, limit]) => {
    const figures = figuresOf(name, run);
    if (figures.length === 0) return [`${name} was not measured`];
    return figures
      .filter(([, value]) => value > limit)
      .map(([what, value]) => `${what}: ${Math.round(value * 100) / 100}, and ${limit} at most`);
  });
