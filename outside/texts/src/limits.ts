/** Notify's two limits: requests in any 60 seconds, and messages a day by kind of message. */
export class Limits {
  private recent: number[] = [];
  private day = '';
  private sent = 0;

  constructor(
    private readonly perMinute: number,
    private readonly perDay: number,
  ) {}

  /** True when this request is one too many within the last minute. */
  tooFast(now: number): boolean {
    let gone = 0;
    while (gone < this.recent.length && this.recent[gone]! <= now - 60_000) gone += 1;
    if (gone > 0) this.recent = this.recent.slice(gone);
    if (this.recent.length >= this.perMinute) return true;
    this.recent.push(now);
    return false;
  }

  /** True when the day's allowance is used up; days end at midnight UTC. */
  tooMany(now: number): boolean {
    const today = new Date(now).toISOString().slice(0, 10);
    if (today !== this.day) {
      this.day = today;
      this.sent = 0;
    }
    if (this.sent >= this.perDay) return true;
    this.sent += 1;
    return false;
  }
}
