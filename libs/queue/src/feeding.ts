import type { Queue } from 'bullmq';
import type { Database } from '@app/database';
import type { Circuits } from './circuits.js';
import type { Lease } from './lease.js';
import type { Line } from './roles.js';
import type { Report } from './report.js';

/** A queue in Redis holds no more than this many seconds of the provider's rate: what waits longer waits as rows. */
const AHEAD_SECONDS = 10;
const CLAIM = 1_000;
/** A full second's stock lies in Redis, so claims can be few and large. */
const BUSY_MS = 100;
const IDLE_MS = 250;
const AWAY_MS = 1_000;

/** The only one who adds jobs to a queue, and so its sweeper too: what Redis forgot is claimed and added again. */
export class Feeding {
  private stopped = false;
  private running: Promise<void> | null = null;
  private wake: (() => void) | null = null;

  constructor(
    private readonly line: Line,
    private readonly queue: Queue,
    private readonly lease: Lease,
    private readonly database: Database,
    private readonly circuits: Circuits,
    private readonly report: Report,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake?.();
    await this.running;
    await this.lease.end().catch(() => undefined);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      let pause = IDLE_MS;
      try {
        pause = (await this.feed()) > 0 ? BUSY_MS : IDLE_MS;
      } catch (error) {
        this.report('feeding-failed', { queue: this.line.queue.name, error });
        pause = AWAY_MS;
      }
      await this.sleep(pause);
    }
  }

  /** @returns how many jobs were added. */
  private async feed(): Promise<number> {
    const { queue, feeder } = this.line;
    if (!(await this.lease.held())) return 0;
    const state = queue.circuit ? this.circuits.of(queue.circuit).state : 'closed';
    if (state === 'open') return 0;
    const stock = state === 'half-open' ? 3 : Math.max(queue.concurrency, queue.ratePerSecond * AHEAD_SECONDS);
    // Redis is asked first: rows must not be claimed for a queue that cannot take them.
    const counts = await this.queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed');
    const room = Math.min(CLAIM, Math.floor(stock) - Object.values(counts).reduce((sum, count) => sum + count, 0));
    if (room <= 0) return 0;
    const jobs = await this.database.transaction((tx) => feeder.claim(tx, room));
    if (jobs.length === 0) return 0;
    await this.queue.addBulk(
      jobs.map((job) => ({
        name: queue.name,
        data: job.data,
        opts: {
          jobId: job.id,
          attempts: 1,
          // A finished job that stayed would make its id unusable for ever.
          removeOnComplete: true,
          removeOnFail: true,
          ...(job.priority ? { priority: job.priority } : {}),
        },
      })),
    );
    return jobs.length;
  }

  private sleep(ms: number): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
