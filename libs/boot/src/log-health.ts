import type { EventLog } from '@app/messaging';
import type { State } from './health.js';

const ASK_EVERY_MS = 3000;
const PATIENCE_MS = 2000;
const STALLED_MS = 60_000;

/** Whether the log answers, asked at most every three seconds, and whether the consumers are being served. */
export class LogHealth {
  private state: State = 'down';
  private askedAt = 0;
  private asking: Promise<void> | null = null;
  private unservedSince: number | null = null;

  constructor(
    private readonly eventLog: Pick<EventLog, 'positions'>,
    private readonly serving: () => boolean,
  ) {}

  async look(): Promise<State> {
    if (!this.asking && Date.now() - this.askedAt > ASK_EVERY_MS) {
      this.askedAt = Date.now();
      this.asking = this.ask().finally(() => (this.asking = null));
    }
    await this.asking;
    return this.state;
  }

  /** Consumers that stay unserved while the log answers will not mend themselves: only a new process will. */
  get stalled(): boolean {
    if (this.serving() || this.state === 'down') this.unservedSince = null;
    else this.unservedSince ??= Date.now();
    return this.unservedSince !== null && Date.now() - this.unservedSince > STALLED_MS;
  }

  private async ask(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<State>((resolve) => {
      timer = setTimeout(() => resolve('down'), PATIENCE_MS);
    });
    const asked = this.eventLog.positions([]).then(
      (): State => 'up',
      (): State => 'down',
    );
    this.state = await Promise.race([asked, late]);
    clearTimeout(timer);
  }
}
