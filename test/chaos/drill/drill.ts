import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import kafkajs, { type Admin } from 'kafkajs';
import type { AppName } from '../../../deploy/apps.js';
import { moveClock } from '../../../deploy/local/clock.js';
import { Home } from '../../../deploy/local/home.js';
import type { StackFile } from '../../../deploy/local/stack-file.js';
import { Random } from '../../../tools/surge/random.js';
import type { Rehearsal } from '../../../tools/surge/rehearsal.js';
import type { Limits } from './limits.js';
import type { LocalStack } from './stack.js';
import { lag, repeat, topicsOf } from './topics.js';
import { eventually } from './wait.js';

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';

export type Server = 'kafka' | 'redis' | 'postgres';
export type Outside = 'mail' | 'identity' | 'dbs' | 'texts';

/** As `POST /faults` of a server of the outside world takes them; what is not named is off. */
export interface Faults {
  readonly latencyMs?: number;
  readonly errorRate?: number;
  readonly wrongShape?: boolean;
  readonly acceptThenReset?: boolean;
  readonly down?: boolean;
  readonly times?: number;
}

/** How long a process that was killed was away, and the partitions of its group without one who reads them. */
export interface Away {
  readonly name: string;
  seconds: number;
  /** Null: not yet, or it has none. */
  partitions: number | null;
}

/** What a row may do to the stack, and how it says what it saw. */
export class Drill {
  readonly random: Random;
  readonly faults: string[] = [];
  readonly away: Away[] = [];
  /** Figures of this row alone. */
  readonly seen: Record<string, number> = {};
  /** From when on nothing stood in the way any more. */
  healedAt = new Date();

  private readonly measuring: Promise<void>[] = [];
  readonly stack: LocalStack;
  readonly rehearsal: Rehearsal;
  readonly applicants: number;
  readonly patienceMs: number;

  constructor(seed: string, o: Pick<Drill, 'stack' | 'rehearsal' | 'applicants' | 'patienceMs'>) {
    this.random = new Random('drill', seed);
    this.stack = o.stack;
    this.rehearsal = o.rehearsal;
    this.applicants = o.applicants;
    this.patienceMs = o.patienceMs;
  }

  get file(): StackFile {
    return this.stack.file;
  }

  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.faults.push(otherwise);
  }

  /** Until so many of the forms are sent: between the two shares, as the seed has it. */
  async underLoad(from = 0.15, to = 0.5): Promise<void> {
    const share = from + (to - from) * this.random.next();
    while (this.rehearsal.load.sent < this.applicants * share) await sleep(2);
  }

  /** Somewhere between the two, as the seed has it. */
  pause(fromMs: number, toMs: number): Promise<void> {
    return sleep(fromMs + this.random.next() * (toMs - fromMs));
  }

  /** Until it holds; an error counts as "not yet". */
  async until(holds: () => Promise<boolean> | boolean): Promise<void> {
    await eventually(holds, this.patienceMs, 'it does not come');
  }

  /** Seconds until it holds; a fault of the run when it does not. */
  async within(holds: () => Promise<boolean>, ms: number, otherwise: string): Promise<number> {
    const seconds = await eventually(holds, ms, otherwise).catch(() => {
      this.faults.push(otherwise);
      return ms / 1000;
    });
    return Math.round(seconds * 10) / 10;
  }

  get sent(): boolean {
    return this.rehearsal.load.sent === this.applicants;
  }

  async count(text: string, ...values: unknown[]): Promise<number> {
    const { rows } = await this.rehearsal.database.query<{ count: string }>(text, values);
    return Number(rows[0]?.count ?? 0);
  }

  // --- what can be done to processes

  pidOf(name: AppName | Server | Outside, instance = 0): number {
    const { apps, kafka, redis, postgres, mail, providers } = this.file;
    if (name === 'kafka') return kafka.pids[instance]!;
    if (name === 'redis') return redis.pid;
    if (name === 'postgres') return postgres.pid;
    if (name === 'mail') return mail.pid;
    return name in apps ? apps[name as AppName][instance]!.pid : providers[name]!.pid;
  }

  /** kill -9, and until the next process answers. */
  async kill(name: AppName | Server | Outside, instance = 0): Promise<void> {
    const members = name in this.file.apps ? await this.membersOf(name) : [];
    const pid = this.pidOf(name, instance);
    process.kill(pid, 'SIGKILL');
    this.healedAt = new Date();
    const it: Away = { name, seconds: 0, partitions: null };
    if (members.length > 0) {
      const measuring = this.sharedOut(name, members).then((seconds) => void (it.partitions = seconds));
      measuring.catch(() => {});
      this.measuring.push(measuring);
    }
    it.seconds = await eventually(
      async () => ![0, pid].includes(this.pidOf(name, instance)) && (await this.answers(name, instance)),
      this.patienceMs,
      `${name} is not back`,
    );
    this.away.push(it);
  }

  /** What is still being measured of those who are back. */
  async measured(): Promise<void> {
    await Promise.all(this.measuring);
  }

  membersOf(groupId: string): Promise<string[]> {
    return this.kafka(async (admin) => (await groupOf(admin, groupId)).members.map(({ memberId }) => memberId));
  }

  /** Seconds until this group has shared out its partitions without one of those who had them. */
  sharedOut(groupId: string, before: readonly string[]): Promise<number> {
    return this.kafka((admin) =>
      eventually(
        async () => {
          const { state, members } = await groupOf(admin, groupId);
          return state === 'Stable' && before.some((id) => !members.some(({ memberId }) => memberId === id));
        },
        this.patienceMs,
        `${groupId} does not share out its partitions`,
      ),
    );
  }

  /** SIGSTOP, and SIGCONT later, whatever became of it meanwhile. */
  async freeze(pid: number, ms: number): Promise<void> {
    process.kill(pid, 'SIGSTOP');
    try {
      await sleep(ms);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    this.healedAt = new Date();
  }

  /** Lets a process run for a tenth of the time. */
  async slowDown(pid: number, ms: number): Promise<void> {
    for (const until = performance.now() + ms; performance.now() < until;) {
      await this.freeze(pid, 45);
      await sleep(5);
    }
  }

  private async answers(name: AppName | Server | Outside, instance: number): Promise<boolean> {
    if (name === 'postgres') return (await this.count('select 1 as count')) === 1;
    if (name === 'kafka') return this.kafka(async (admin) => (await admin.describeCluster()).brokers.length > 0);
    if (name === 'redis') return this.redis(async (redis) => (await redis.ping()) === 'PONG');
    const { apps, providers, mail } = this.file;
    const url =
      name === 'mail'
        ? `${mail.url}/health`
        : name in apps
          ? `${apps[name as AppName][instance]!.adminUrl}/readyz`
          : `${providers[name]!.url}/health`;
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status === 200;
  }

  /** Whose process holds the relay of this app: the one that owns the port of the session with the lock. */
  async leaderOf(app: AppName): Promise<number> {
    const { rows } = await this.rehearsal.database.query<{ port: number }>(
      `select a.client_port as port from pg_locks l join pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and l.granted and a.usename = $1 and a.application_name like '%-lock'`,
      [app],
    );
    const leader = this.file.apps[app].find(({ pid }) => rows.some(({ port }) => ownsPort(pid, port)));
    if (!leader) throw new Error(`nobody leads the relay of ${app}`);
    return leader.pid;
  }

  // --- what can be done to servers

  broker(): kafkajs.Kafka {
    const { brokers, username, password } = this.file.kafka;
    return new kafkajs.Kafka({
      ...{ clientId: 'chaos', brokers, sasl: { mechanism: 'plain', username, password } },
      ...{ connectionTimeout: 2_000, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 3 } },
    });
  }

  async kafka<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.broker().admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  topics(): Promise<string[]> {
    return this.kafka(topicsOf);
  }

  /** Everything that was told in this run so many times more, in another order. */
  repeatAll(times: number): Promise<number> {
    const { random, rehearsal } = this;
    return this.kafka((admin) => repeat(this.broker(), admin, rehearsal.startedAt, times, random));
  }

  /** Until the groups have read everything. */
  async quiet(): Promise<void> {
    await eventually(
      () => this.kafka(async (admin) => (await lag(admin)) === 0),
      this.patienceMs,
      'the groups do not catch up',
    );
  }

  async redis<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.file.redis.url, { retryStrategy: () => null, lazyConnect: true });
    redis.on('error', () => {});
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** Switches what befalls those who ask a server of the outside world. */
  async outside(name: Outside, faults: Faults): Promise<void> {
    const url = name === 'mail' ? this.file.mail.url : this.file.providers[name]!.url;
    const { ok } = await fetch(`${url}/faults`, { method: 'POST', body: JSON.stringify(faults) });
    if (!ok) throw new Error(`${name} does not take these faults`);
    this.healedAt = new Date();
  }

  /** The same fault of all providers, for some seconds. */
  async providers(faults: Faults): Promise<void> {
    await this.underLoad(0.05, 0.2);
    const all = ['identity', 'dbs', 'texts'] as const;
    try {
      await Promise.all(all.map((name) => this.outside(name, faults)));
      await this.pause(4_000, 8_000);
    } finally {
      await Promise.all(all.map((name) => this.outside(name, {})));
    }
  }

  /** Tokens, leases and windows must not care; nothing lapses and nobody is shut out. */
  async moveClock(by: '+10m' | '-10m'): Promise<void> {
    await this.underLoad(0.1, 0.5);
    try {
      moveClock(new Home(this.stack.home), by);
      await this.pause(3_000, 6_000);
    } finally {
      moveClock(new Home(this.stack.home), 'reset');
      this.healedAt = new Date();
    }
  }
}

const groupOf = async (admin: Admin, groupId: string): Promise<kafkajs.GroupDescription> =>
  (await admin.describeGroups([groupId])).groups[0]!;

/** Whether a process of this machine has a connection that begins at this port. */
const ownsPort = (pid: number, port: number): boolean => {
  const lines = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const mine = fields.find(([, local]) => Number.parseInt(local!.split(':')[1]!, 16) === port);
  const socket = mine && `socket:[${mine[9]}]`;
  return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === socket);
};

const linkOf = (path: string): string | null => {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
};

/** One fault: what is done to the stack while people apply, and what is asked beside the verdict of the ledger. */
export interface Row {
  /** One line for `--help`. */
  readonly says: string;
  readonly applicants?: number;
  readonly rate?: number;
  /** So many processes of an app while it runs; one each otherwise. */
  readonly instances?: Partial<Record<AppName, number>>;
  readonly limits?: Limits;
  /** Resolves when nothing stands in the way any more. */
  readonly inject: (drill: Drill) => Promise<void>;
  /** Asked when everybody has an outcome. */
  readonly after?: (drill: Drill) => Promise<void>;
}
