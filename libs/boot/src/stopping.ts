import type { Log } from '@app/telemetry';

interface Step {
  readonly name: string;
  readonly run: () => unknown;
  readonly limitMs: number;
}

/** The order of going down: the last that was started stops first; each step has its time, and none stops the next. */
export class Stopping {
  private readonly steps: Step[] = [];
  private under: Promise<void> | null = null;
  private readonly afterwards: (() => void)[] = [];

  constructor(private readonly log: Log) {}

  /** What to do before the steps already named; to be called when something has been started. */
  after(name: string, run: () => unknown, limitMs = 10_000): void {
    this.steps.unshift({ name, run, limitMs });
  }

  run(): Promise<void> {
    return (this.under ??= this.all());
  }

  finally(run: () => void): void {
    this.afterwards.push(run);
  }

  private async all(): Promise<void> {
    for (const step of this.steps) {
      try {
        await within(step.limitMs, Promise.resolve(step.run()));
      } catch (error) {
        this.log.warn('stop-step-failed', { step: step.name, err: error });
      }
    }
    for (const run of this.afterwards) run();
  }
}

const LINGER_MS = 5000;

/** SIGTERM and SIGINT stop the app in order; what still holds the process after that does not hold it for long. */
export function stopOnSignal(stopping: Stopping, log: Log): void {
  const onSignal = (signal: NodeJS.Signals): void => {
    log.info('stopping', { signal });
    void stopping.run().then(() => setTimeout(() => process.exit(0), LINGER_MS).unref());
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, onSignal);
    stopping.finally(() => process.off(signal, onSignal));
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('took-too-long')), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
