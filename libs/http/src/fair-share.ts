import { Problem } from './problem.js';

export interface Share {
  /** Requests that may come at once. */
  readonly burst: number;
  readonly perMinute: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

const MAX_ADDRESSES = 200_000;

/**
 * A token bucket per caller, held in the process: a flood from one address cannot take the place of others, and
 * nobody pays a round trip for it. `now` is in milliseconds.
 */
export class FairShare {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly share: Share) {}

  /** Takes one; throws 429 with `Retry-After` when nothing is left, else gives the headers that say what is. */
  take(caller: string, now: number): Record<string, string> {
    const perMs = this.share.perMinute / 60_000;
    let bucket = this.buckets.get(caller);
    if (!bucket) {
      bucket = { tokens: this.share.burst, at: now };
      this.forgetOldest();
    } else {
      this.buckets.delete(caller);
      bucket.tokens = Math.min(this.share.burst, bucket.tokens + Math.max(0, now - bucket.at) * perMs);
      bucket.at = now;
    }
    this.buckets.set(caller, bucket);
    if (bucket.tokens < 1) {
      const wait = Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1000));
      throw new Problem({
        type: 'too-many-requests',
        status: 429,
        headers: { 'retry-after': String(wait), ...this.headers(0, wait) },
      });
    }
    bucket.tokens -= 1;
    const left = Math.floor(bucket.tokens);
    return this.headers(left, Math.ceil((this.share.burst - bucket.tokens) / perMs / 1000));
  }

  /** `RateLimit` and `RateLimit-Policy` of the IETF draft, as fields of structured headers. */
  private headers(left: number, resetSeconds: number): Record<string, string> {
    return {
      ratelimit: `"share";r=${left};t=${resetSeconds}`,
      'ratelimit-policy': `"share";q=${this.share.burst};w=${Math.ceil((this.share.burst / this.share.perMinute) * 60)}`,
    };
  }

  /** A map keeps insertion order and `take` re-inserts, so the first key is the one longest unused. */
  private forgetOldest(): void {
    if (this.buckets.size < MAX_ADDRESSES) return;
    const oldest = this.buckets.keys().next().value;
    if (oldest !== undefined) this.buckets.delete(oldest);
  }
}
