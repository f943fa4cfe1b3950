const WINDOW_SECONDS = 10;

/** How many a second over the last ten, from the process' own steady clock. */
export class RecentRate {
  private readonly seconds = new Map<number, number>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  count(many: number): void {
    const second = Math.floor(this.nowMs() / 1000);
    this.seconds.set(second, (this.seconds.get(second) ?? 0) + many);
    for (const old of this.seconds.keys()) if (old < second - WINDOW_SECONDS) this.seconds.delete(old);
  }

  perSecond(): number {
    const second = Math.floor(this.nowMs() / 1000);
    let sum = 0;
    for (const [at, many] of this.seconds) if (at >= second - WINDOW_SECONDS && at < second) sum += many;
    return Math.round((sum / WINDOW_SECONDS) * 10) / 10;
  }
}
