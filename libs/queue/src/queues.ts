import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Database } from '@app/database';
import type { Circuits } from './circuits.js';
import { Feeding } from './feeding.js';
import { Lease } from './lease.js';
import { Pacer } from './pacer.js';
import type { Report } from './report.js';
import { linesAmong, type Line } from './roles.js';
import { within } from './within.js';

export interface QueuesOptions {
  readonly redisUrl: string;
  /** The app's name: every key in Redis stands under it. */
  readonly prefix: string;
  readonly database: Database;
  readonly circuits: Circuits;
  readonly report: Report;
}

/** What an operator sees of a queue; `waiting` counts rows, because what is not yet in Redis waits too. */
export interface QueueStats {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly oldestSeconds: number;
  readonly redis: 'up' | 'down';
}

const OBEY_MS = 1_000;
const STOP_MS = 10_000;
const backOff = (times: number): number => Math.min(50 * 2 ** Math.min(times, 6), 2_000);

interface Running {
  readonly line: Line;
  readonly queue: Queue;
  readonly worker: Worker;
  readonly feeding: Feeding;
}

/** Paced outward work of one app: rows are the truth, Redis holds the next seconds of it, nothing waits for Redis. */
export class Queues {
  private readonly lines: Line[] = [];
  private running: Running[] = [];
  private connections: Redis[] = [];
  private obeying: NodeJS.Timeout | null = null;

  constructor(private readonly options: QueuesOptions) {}

  /** Finds feeders and processors among the app's providers; throws when a queue has only one of the two. */
  adopt(instances: Iterable<unknown>): void {
    this.lines.push(...linesAmong(instances).map(paced));
    for (const { queue } of this.lines) if (queue.circuit) this.options.circuits.of(queue.circuit);
  }

  get names(): readonly string[] {
    return this.lines.map((line) => line.queue.name);
  }

  async start(): Promise<void> {
    this.running = this.lines.map((line) => this.open(line));
    for (const { worker, feeding, line } of this.running) {
      worker.run().catch((error: unknown) => this.options.report('worker-failed', { queue: line.queue.name, error }));
      feeding.start();
    }
    await this.obey();
    this.obeying = setInterval(() => void this.obey(), OBEY_MS);
    this.obeying.unref();
  }

  /** Feeders first, then workers with what they hold (at most ten seconds), then the connections. */
  async stop(): Promise<void> {
    if (this.obeying) clearInterval(this.obeying);
    await Promise.all(this.running.map(({ feeding }) => feeding.stop()));
    // Without Redis there is nothing to wait for: what was at work is seen by its row.
    const away = this.connections.some(({ status }) => status !== 'ready');
    await Promise.all(this.running.map(({ worker }) => within(away ? 1_000 : STOP_MS, worker.close(away))));
    await Promise.all(this.running.map(({ queue }) => within(1_000, queue.close())));
    for (const connection of this.connections) connection.disconnect();
    this.running = [];
    this.connections = [];
  }

  async stats(now: Date): Promise<QueueStats[]> {
    return Promise.all(this.running.map((one) => this.look(one, now)));
  }

  private async look({ line, queue }: Running, now: Date): Promise<QueueStats> {
    const counts = await within(1_000, queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed'));
    const backlog = line.feeder.backlog
      ? await this.options.database.read((tx) => line.feeder.backlog!(tx))
      : { rows: (counts?.['waiting'] ?? 0) + (counts?.['prioritized'] ?? 0), oldestAt: null };
    return {
      name: line.queue.name,
      waiting: backlog.rows,
      active: counts?.['active'] ?? 0,
      delayed: counts?.['delayed'] ?? 0,
      failed: counts?.['failed'] ?? 0,
      oldestSeconds: backlog.oldestAt
        ? Math.max(0, Math.round((now.getTime() - backlog.oldestAt.getTime()) / 1000))
        : 0,
      redis: counts ? 'up' : 'down',
    };
  }

  private open(line: Line): Running {
    const { prefix, database, circuits, report } = this.options;
    const name = line.queue.name;
    // The feeder's connection fails at once when Redis is away: a claim must not hang half done.
    const forQueue = this.connect({ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 3_000 });
    const forWorker = this.connect({ maxRetriesPerRequest: null });
    // BullMQ asks once what Redis is; were that answer late, the queue would be of no use for as long as the process lives.
    const queue = new Queue(name, { connection: forQueue, prefix, skipVersionCheck: true });
    const pacer = new Pacer(forQueue, `${prefix}:pace:${name}`, line.queue.ratePerSecond, () => database.crowded());
    const worker = new Worker(
      name,
      async (job) => {
        const data = line.queue.job.parse(job.data);
        await line.processor.process({ id: job.id ?? '', data }, () => pacer.next());
      },
      {
        connection: forWorker,
        prefix,
        autorun: false,
        // Some are taken and written down, or wait for their moment, while the others are with the provider.
        concurrency: line.queue.concurrency + Math.ceil(line.queue.ratePerSecond / 5),
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
        stalledInterval: 5_000,
        lockDuration: 15_000,
        maxStalledCount: 1_000,
      },
    );
    queue.on('error', (error) => report('redis-away', { queue: name, error }));
    worker.on('error', (error) => report('redis-away', { queue: name, error }));
    worker.on('failed', (_job, error) => report('job-failed', { queue: name, error }));
    const lease = new Lease(forQueue, `${prefix}:feeder:${name}`);
    return { line, queue, worker, feeding: new Feeding(line, queue, lease, database, circuits, report) };
  }

  private connect(options: object): Redis {
    const redis = new Redis(this.options.redisUrl, { retryStrategy: backOff, connectTimeout: 3_000, ...options });
    redis.on('error', () => undefined); // Every user of it reports its own failure.
    this.connections.push(redis);
    return redis;
  }

  private async obey(): Promise<void> {
    try {
      await this.options.circuits.obey(this.options.database);
    } catch (error) {
      this.options.report('circuits-unread', { queue: '*', error });
    }
  }
}

const paced = (line: Line): Line => ({
  ...line,
  queue: { ...line.queue, ratePerSecond: line.processor.ratePerSecond ?? line.queue.ratePerSecond },
});
