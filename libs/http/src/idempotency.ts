import { createHash, createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, DAY } from '@app/calendar';
import { Transactions, type Tx } from '@app/messaging';
import type { Answer } from './answer.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { Problem } from './problem.js';

export interface Ask {
  /** Who asks: a partner's key id, a member's id, or `public` (a public key is long enough to be its own caller). */
  readonly caller: string;
  /** The route's template, with its method. */
  readonly route: string;
  readonly key: string;
  readonly body: unknown;
  /** How long the answer is kept, in ms; 48 h when absent. */
  readonly ttl?: number;
}

export const KEPT_FOR = 2 * DAY;

/** The key of the body hashes, from the app's secrets. */
export class IdempotencySecret {
  constructor(readonly key: Buffer) {}
}

@Injectable()
export class Idempotency {
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(
    private readonly transactions: Transactions,
    private readonly repository: IdempotencyRepository,
    private readonly clock: Clock,
    private readonly secret: IdempotencySecret,
  ) {}

  /**
   * Runs the work once per (caller, route, key). Its answer is stored with its effect in one transaction; the same
   * key and body gets that answer again, another body 422, and a twin still in flight is waited for.
   */
  async once<T extends Answer>(ask: Ask, work: (tx: Tx) => Promise<T>): Promise<T & { replayed: boolean }> {
    const id = this.idOf(ask);
    const name = id.toString('base64');
    // Twins queue here, not in the connection pool.
    while (this.underWay.has(name)) await this.underWay.get(name)!.catch(() => undefined);
    const run = this.run(id, ask, work);
    this.underWay.set(name, run);
    try {
      return await run;
    } finally {
      this.underWay.delete(name);
    }
  }

  /** Where an answer is kept; holds neither the caller nor the key. */
  idOf(ask: Pick<Ask, 'caller' | 'route' | 'key'>): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([ask.caller, ask.route, ask.key]))
      .digest();
  }

  /** Keyed, so that a dump does not tell which short body was sent; the order of members does not count. */
  hashOf(body: unknown): Buffer {
    return createHmac('sha256', this.secret.key).update(canonical(body)).digest();
  }

  private run<T extends Answer>(
    id: Buffer,
    ask: Ask,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T & { replayed: boolean }> {
    const now = this.clock.now();
    const bodyHash = this.hashOf(ask.body);
    return this.transactions.run(async (tx) => {
      const kept = await this.repository.claim(tx, {
        id,
        bodyHash,
        at: now,
        expiresAt: new Date(now.getTime() + (ask.ttl ?? KEPT_FOR)),
      });
      if (kept === 'claimed') {
        const answer = await work(tx);
        await this.repository.answered(tx, id, answer);
        return { ...answer, replayed: false };
      }
      if (!kept.bodyHash.equals(bodyHash)) throw new Problem({ type: 'idempotency-key-reused', status: 422 });
      return { ...(kept.answer as T), replayed: true };
    });
  }
}

/** JSON with sorted members. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}
