import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';

/** Hands out the next free moments of a rate that all instances share; the first, in microseconds from now by Redis' own clock. */
const RESERVE = `local time = redis.call('time')
local now = time[1] * 1000000 + time[2]
local at = tonumber(redis.call('get', KEYS[1]) or '0')
if at < now then at = now end
redis.call('set', KEYS[1], string.format('%.0f', at + tonumber(ARGV[1]) * tonumber(ARGV[2])), 'PX', 60000)
return string.format('%.0f', at - now)`;

const GIVING_WAY = 10;

/** The first moment of a booking, from now, and from one to the next: microseconds. */
interface Booking {
  readonly first: number;
  readonly interval: number;
}

/** Some milliseconds more than a second: what leaves here evenly may arrive a little closer. */
const SECOND = 1_005;

/**
 * Lets jobs through at a provider's rate. BullMQ's own limiter counts in windows that each lose the time of a round trip
 * (79% of the rate seen with windows of 100 ms); this one books moments ahead, and in no sliding second lets a process
 * send more than the rate, also after its event loop was held up.
 */
export class Pacer {
  /** When the last jobs left, a ring as long as one second's worth. */
  private readonly left: number[];
  private at = 0;
  private turn: Promise<void> = Promise.resolve();
  private readonly intervalMicros;
  /** Jobs that ask at the same moment book together. */
  private asking = 0;
  private booking: Promise<Booking | null> | null = null;

  constructor(
    private readonly redis: Redis,
    private readonly key: string,
    private readonly ratePerSecond: number,
    /** While people wait at a front door, a tenth of the rate has to do. */
    private readonly isCrowded: () => Promise<boolean>,
  ) {
    this.intervalMicros = Math.ceil(1_000_000 / ratePerSecond);
    this.left = Array.from({ length: Math.max(1, Math.floor(ratePerSecond)) }, () => -Infinity);
  }

  /** Resolves when this job may go. */
  async next(): Promise<void> {
    const waitMs = await this.reserve();
    if (waitMs >= 1) await sleep(waitMs);
    this.turn = this.turn.then(() => this.leave());
    return this.turn;
  }

  private async reserve(): Promise<number> {
    const place = this.asking++;
    this.booking ??= this.book();
    const booked = await this.booking;
    if (booked === null) return 0; // Without Redis this process keeps to the rate by itself.
    return Math.min(60_000, Math.ceil((booked.first + place * booked.interval) / 1_000));
  }

  private async book(): Promise<Booking | null> {
    const interval = this.intervalMicros * ((await this.isCrowded()) ? GIVING_WAY : 1);
    await nextTurn();
    const jobs = this.asking;
    this.asking = 0;
    this.booking = null;
    try {
      return { first: Number(await this.redis.eval(RESERVE, 1, this.key, String(interval), String(jobs))), interval };
    } catch {
      return null;
    }
  }

  private async leave(): Promise<void> {
    // A rate below one a second is kept by the bookings; the ring holds one second's worth of whole jobs.
    const window = Math.max(SECOND, 1_000 / this.ratePerSecond);
    const free = this.left[this.at]! + window - performance.now();
    if (free > 0) await sleep(Math.ceil(free));
    this.left[this.at] = performance.now();
    this.at = (this.at + 1) % this.left.length;
  }
}
