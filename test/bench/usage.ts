import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import type { StackFile } from '../../deploy/local/stack-file.js';

/** Name to the processes behind it; children count with their parent. */
export type Watched = Readonly<Record<string, readonly number[]>>;

export interface Usage {
  readonly cpuSeconds: number;
  /** MB */
  readonly peakRss: number;
}

const TICKS = 100;

const childrenOf = (pid: number): number[] => {
  const children: number[] = [];
  for (const task of readdirSync(`/proc/${pid}/task`))
    children.push(...readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  return children;
};

/** Own time and that of children who are gone already; clock ticks. */
const ticksOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
};

const peakOf = (pid: number): number => {
  const [, kB] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB ?? 0) / 1024;
};

export const residentOf = (pid: number): number => {
  const [, kB] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB ?? 0) / 1024;
};

/** Null where there is no process of that number any more. */
const orGone = <T>(look: () => T): T | null => {
  try {
    return look();
  } catch {
    return null;
  }
};

/** The processes of a stack by name. */
export const processesOf = (stack: StackFile): Watched => ({
  ...Object.fromEntries(Object.entries(stack.apps).map(([app, instances]) => [app, instances.map(({ pid }) => pid)])),
  postgres: [stack.postgres.pid],
  kafka: stack.kafka.pids,
  redis: [stack.redis.pid],
});

/** From `begin` to `end`: CPU time and peak memory by name, from the kernel's own accounts. */
export class Meter {
  private readonly before = new Map<string, number>();

  constructor(private readonly watched: Watched) {
    for (const [name, pids] of this.known()) {
      this.before.set(name, this.ticks(pids));
      // Peaks of earlier runs are forgotten where the kernel allows it.
      for (const pid of pids) orGone(() => writeFileSync(`/proc/${pid}/clear_refs`, '5'));
    }
  }

  end(): Map<string, Usage> {
    return new Map(
      this.known().map(([name, pids]) => [
        name,
        {
          cpuSeconds: (this.ticks(pids) - (this.before.get(name) ?? 0)) / TICKS,
          peakRss: pids.reduce((sum, pid) => sum + (orGone(() => peakOf(pid)) ?? 0), 0),
        },
      ]),
    );
  }

  private known(): [string, readonly number[]][] {
    return Object.entries(this.watched)
      .map(([name, pids]): [string, readonly number[]] => [name, pids.filter((pid) => pid > 0)])
      .filter(([, pids]) => pids.length > 0);
  }

  private ticks(pids: readonly number[]): number {
    const all = pids.flatMap((pid) => [pid, ...(orGone(() => childrenOf(pid)) ?? [])]);
    return all.reduce((sum, pid) => sum + (orGone(() => ticksOf(pid)) ?? 0), 0);
  }
}

/** One line: CPU seconds a thousand applicants, by process and together. */
export const cpuNote = (usage: ReadonlyMap<string, Usage>, applicants: number): [string, string] => {
  const each = [...usage].map(([name, { cpuSeconds }]) => [name, (cpuSeconds / applicants) * 1000] as const);
  const total = each.reduce((sum, [, value]) => sum + value, 0);
  const parts = each.filter(([, value]) => value >= 0.001).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  return ['CPU s per 1,000 applicants', `${total.toFixed(3)} (${parts.join(', ')})`];
};

export const rssNote = (usage: ReadonlyMap<string, Usage>): [string, string] => [
  'peak resident MB',
  [...usage]
    .filter(([name]) => name !== 'postgres')
    .map(([name, { peakRss }]) => `${name} ${Math.round(peakRss)}`)
    .join(', '),
];
