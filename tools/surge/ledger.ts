import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

export interface Acknowledged {
  readonly id: string;
  readonly reference: string;
  readonly statusUrl: string | null;
}

/** One answer to one request; written before anything is concluded from it. */
export type Entry =
  | ({
      readonly is: 'acknowledged';
      readonly key: string;
      readonly n: number;
      readonly ms: number;
      readonly replayed: boolean;
    } & Acknowledged)
  | {
      readonly is: 'refused';
      readonly key: string;
      readonly n: number;
      readonly ms: number;
      readonly status: number;
      readonly retryAfter: number | null;
      readonly reason: string;
    }
  | { readonly is: 'no-answer'; readonly key: string; readonly n: number; readonly reason: string };

const FLUSH_BYTES = 64_000;

/** What the generator saw, in a file of its own and in memory for the verdict. */
export class LoadLedger {
  private readonly file: WriteStream;
  private waiting = '';
  /** By key: every id that was ever acknowledged for it; more than one is a doubled application. */
  readonly ids = new Map<string, Set<string>>();
  /** Keys that were sent and never answered for good. */
  readonly unknown = new Set<string>();
  private readonly turnedAway = new Set<string>();
  readonly refusals = new Map<string, number>();
  readonly latencies: number[] = [];
  answers = 0;
  replays = 0;
  noAnswers = 0;
  /** Neither 202 nor a refusal by the interface: 4xx, or 503 that says when to come again. */
  strangeAnswers = 0;

  constructor(path: string, header: object) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.file = createWriteStream(path, { mode: 0o600 });
    this.file.write(`${JSON.stringify({ is: 'run', ...header })}\n`);
  }

  sent(key: string): void {
    if (!this.ids.has(key)) this.unknown.add(key);
  }

  write(entry: Entry): void {
    this.waiting += `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`;
    if (this.waiting.length > FLUSH_BYTES) this.flush();
    if (entry.is === 'no-answer') {
      this.noAnswers += 1;
      return;
    }
    this.answers += 1;
    if (entry.is === 'refused') {
      if (!isOfTheInterface(entry)) this.strangeAnswers += 1;
      return;
    }
    this.unknown.delete(entry.key);
    if (entry.replayed) this.replays += 1;
    const ids = this.ids.get(entry.key);
    if (ids) ids.add(entry.id);
    else {
      this.ids.set(entry.key, new Set([entry.id]));
      this.latencies.push(entry.ms);
    }
  }

  /** Refused for good: will not be tried again. The same form sent again and refused again counts once. */
  refused(key: string, reason: string): void {
    this.unknown.delete(key);
    if (this.turnedAway.has(key)) return;
    this.turnedAway.add(key);
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  flush(): void {
    if (this.waiting === '') return;
    this.file.write(this.waiting);
    this.waiting = '';
  }

  close(summary: object): Promise<void> {
    this.waiting += `${JSON.stringify({ is: 'end', ...summary })}\n`;
    this.flush();
    return new Promise((closed) => this.file.end(() => closed()));
  }
}

const isOfTheInterface = ({ status, retryAfter }: Entry & { is: 'refused' }): boolean =>
  (status >= 400 && status < 500) || (status === 503 && retryAfter !== null);

/** The value below which this share of them lies. */
export const quantile = (values: readonly number[], share: number): number | null => {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
};
