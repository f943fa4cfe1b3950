import { readFileSync, statSync } from 'node:fs';
import { Clock } from '@app/calendar';

const LOOK_EVERY_MS = 200;

/** The local stack's clock: real time plus the offset in a file, so that thirty days pass in a minute. */
export class ShiftedClock extends Clock {
  private offsetMs = 0;
  private changedAt = -1;
  private lookedAt = 0;

  constructor(private readonly file: string) {
    super();
  }

  now(): Date {
    const real = Date.now();
    if (real - this.lookedAt >= LOOK_EVERY_MS) {
      this.lookedAt = real;
      this.look();
    }
    return new Date(real + this.offsetMs);
  }

  /** No file means no offset; one that is just being written keeps the last. */
  private look(): void {
    const found = statSync(this.file, { throwIfNoEntry: false });
    if (!found) {
      this.offsetMs = 0;
      this.changedAt = -1;
      return;
    }
    if (found.mtimeMs === this.changedAt) return;
    try {
      const { offsetMs } = JSON.parse(readFileSync(this.file, 'utf8')) as { offsetMs?: unknown };
      if (typeof offsetMs === 'number' && Number.isFinite(offsetMs)) this.offsetMs = offsetMs;
      this.changedAt = found.mtimeMs;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}
