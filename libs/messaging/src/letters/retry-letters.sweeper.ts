import { Sweeps, type Sweeper } from '../sweeps/sweeps.js';
import type { Letters } from './letters.js';

/** Tries letters again when they are due. */
@Sweeps('messaging.retry-letters', { everyMs: 1_000 })
export class RetryLetters implements Sweeper {
  constructor(private readonly letters: Letters) {}

  async sweep(): Promise<number> {
    await this.letters.retryDue();
    return 0;
  }
}
