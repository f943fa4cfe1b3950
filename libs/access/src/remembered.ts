/** What was proved once need not be proved again before it expires; bounded, the oldest goes first. Times in ms. */
export class Remembered<T> {
  private readonly entries = new Map<string, { value: T; until: number }>();

  constructor(private readonly limit: number) {}

  get(id: string, now: number): T | null {
    const entry = this.entries.get(id);
    if (!entry) return null;
    if (entry.until > now) return entry.value;
    this.entries.delete(id);
    return null;
  }

  put(id: string, value: T, until: number): void {
    if (this.entries.size >= this.limit) {
      const oldest = this.entries.keys().next().value;
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(id, { value, until });
  }
}
