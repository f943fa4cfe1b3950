import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

const RENEW = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end return 0`;
const END = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;
const TERM_MS = 3_000;

/**
 * Who feeds a queue now. Two feeders for a moment do no harm, because rows are claimed with SKIP LOCKED and a job is
 * known by its id; the lease only keeps the stock in Redis from doubling.
 */
export class Lease {
  private readonly holder = randomUUID();

  constructor(
    private readonly redis: Redis,
    private readonly key: string,
  ) {}

  async held(): Promise<boolean> {
    return (await this.redis.eval(RENEW, 1, this.key, this.holder, String(TERM_MS))) === 1;
  }

  async end(): Promise<void> {
    await this.redis.eval(END, 1, this.key, this.holder);
  }
}
