/** Counts requests and remembers the busiest second, sliding, so that a paced client can be judged. */
export class Counter {
  private requests = 0;
  private readonly answers = new Map<string, number>();
  private recent: number[] = [];
  private head = 0;
  private peak = 0;
  private first: number | null = null;
  private last: number | null = null;

  hit(at: number): void {
    this.requests += 1;
    this.first ??= at;
    this.last = at;
    this.recent.push(at);
    while (this.recent[this.head]! <= at - 1000) this.head += 1;
    if (this.head > 4096) {
      this.recent = this.recent.slice(this.head);
      this.head = 0;
    }
    this.peak = Math.max(this.peak, this.recent.length - this.head);
  }

  answer(code: string | number): void {
    this.answers.set(String(code), (this.answers.get(String(code)) ?? 0) + 1);
  }

  reset(): void {
    this.requests = 0;
    this.answers.clear();
    this.recent = [];
    this.head = 0;
    this.peak = 0;
    this.first = null;
    this.last = null;
  }

  get now() {
    return {
      requests: this.requests,
      answers: Object.fromEntries(this.answers),
      peakPerSecond: this.peak,
      firstAt: this.first === null ? null : new Date(this.first).toISOString(),
      lastAt: this.last === null ? null : new Date(this.last).toISOString(),
    };
  }
}
