import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '@app/database';
import { withTrace, type Log, type Metrics } from '@app/telemetry';
import { sweepsOf, type Sweeper, type Swept } from './sweeps.js';

/** Sweeps of one app must not share a name: it is what operations shows. */
export class SweepersRefused extends Error {
  constructor(names: readonly string[]) {
    super(`two sweepers share a name: ${names.join(', ')}`);
    this.name = 'SweepersRefused';
  }
}

const FAILED_MS = 5_000;
/** Fewer rows than this and the next look waits for company, or a steady trickle would be moved row by row. */
const MANY = 100;
const COMPANY_MS = 250;

/** Calls every sweeper when it is due, and again soon while it finds something. */
export class SweepRunner {
  private readonly sweepers: readonly { swept: Swept; instance: Sweeper }[];
  private running: AbortController | null = null;
  private loops: Promise<void>[] = [];
  private readonly rows;
  private readonly failures;

  constructor(
    instances: readonly object[],
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.sweepers = instances.flatMap((instance) => {
      const swept = sweepsOf(instance);
      return swept ? [{ swept, instance: instance as Sweeper }] : [];
    });
    const names = this.sweepers.map(({ swept }) => swept.sweeper);
    const doubled = names.filter((name, at) => names.indexOf(name) !== at);
    if (doubled.length > 0) throw new SweepersRefused(doubled);
    this.rows = metrics.counter('sweeper_rows_total', 'Rows moved by sweepers', ['sweeper']);
    this.failures = metrics.counter('sweeper_failures_total', 'Sweeps that failed', ['sweeper']);
  }

  start(): void {
    if (this.running) return;
    const running = new AbortController();
    this.running = running;
    this.loops = this.sweepers.map(({ swept, instance }) => this.run(swept, instance, running.signal));
  }

  async stop(): Promise<void> {
    this.running?.abort();
    await Promise.all(this.loops);
    this.running = null;
  }

  private async run({ sweeper, everyMs }: Swept, instance: Sweeper, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let moved = 0;
      let rest = everyMs;
      try {
        moved = await withTrace(null, () => instance.sweep());
        if (moved > 0) this.rows.inc({ sweeper }, moved);
      } catch (error) {
        this.failures.inc({ sweeper });
        this.log.warn('sweep-failed', { sweeper, reason: codeOf(error), error });
        rest = Math.max(everyMs, FAILED_MS);
      }
      // Instances that started together would otherwise claim together for ever.
      const wait = moved >= MANY ? 0 : Math.min(rest, moved > 0 ? COMPANY_MS : rest) * (0.9 + Math.random() * 0.2);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}
