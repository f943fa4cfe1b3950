import { setTimeout as sleep } from 'node:timers/promises';
import { roomAfter, type Window, windowsOf } from './window.decider.js';

interface Scripted {
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>;
}

/** `roomAfter` for all instances, by Redis' own clock in microseconds; whoever may go is written down. */
const LEAVE = `local time = redis.call('time')
local now = time[1] * 1000000 + time[2]
local micros = function(n) return string.format('%.0f', n) end
redis.call('zremrangebyscore', KEYS[1], '(' .. micros(now), '+inf')
local go, wait = tonumber(ARGV[1]), 0
for n = 2, #ARGV, 2 do
  local most, span = tonumber(ARGV[n]), tonumber(ARGV[n + 1])
  local free = most - redis.call('zcount', KEYS[1], '(' .. micros(now - span), '+inf')
  if free > 0 then
    go = math.min(go, free)
  else
    go = 0
    wait = math.max(wait, redis.call('zrange', KEYS[1], -most, -most, 'withscores')[2] + span - now)
  end
end
for n = 1, go do redis.call('zadd', KEYS[1], micros(now), micros(now) .. '.' .. n) end
redis.call('zremrangebyscore', KEYS[1], '-inf', micros(now - ARGV[3]))
redis.call('pexpire', KEYS[1], 60000)
return { go, math.ceil(wait) }`;

const GIVING_WAY = 10;
/**
 * A process has a fiftieth of a second's worth in its hand: else each would leave late by the way to Redis and back (575 a
 * second of 600 seen with a hundredth). Alone it keeps to the rate all the same; where several share it, a second may see
 * the hand of each more, because nobody knows when another uses it.
 */
const HAND = 50;
/** So many turns of the microtask queue, and whoever waited has asked the provider. */
const TURNS = 5;

/**
 * Lets jobs through at a provider's rate that all instances share: in no sliding second more, however long an event loop
 * was held up. BullMQ's own limiter counts in windows that each lose the time of a round trip (79% of the rate seen with
 * windows of 100 ms), and before a job begins, not before the provider is asked.
 */
export class Pacer {
  private readonly waiting: (() => void)[] = [];
  private isServing = false;
  /** When jobs of this process left, oldest first: it keeps to the rate by itself, whatever it has in its hand. */
  private readonly left: number[] = [];
  private readonly handful;
  private hand = 0;
  private filling: Promise<number> | null = null;
  private isGivingWay = false;

  constructor(
    private readonly redis: Scripted,
    private readonly key: string,
    private readonly ratePerSecond: number,
    /** While people wait at a front door, a tenth of the rate has to do. */
    private readonly isCrowded: () => Promise<boolean>,
  ) {
    this.handful = Math.max(1, Math.floor(ratePerSecond / HAND));
  }

  /** Resolves when the provider may be asked. */
  next(): Promise<void> {
    return new Promise((go) => {
      this.waiting.push(go);
      if (!this.isServing) void this.serve();
    });
  }

  private async serve(): Promise<void> {
    this.isServing = true;
    while (this.waiting.length > 0) {
      const windows = this.windows();
      const { go, inMs } = roomAfter(this.left, performance.now(), this.waiting.length, windows);
      if (go === 0) await sleep(Math.ceil(inMs));
      else if (this.hand > 0) await this.leave(Math.min(go, this.hand), windows);
      else {
        const micros = await this.fill(windows);
        if (this.hand === 0) await sleep(Math.ceil(micros / 1_000));
      }
    }
    this.isServing = false;
  }

  private windows(): readonly Window[] {
    // The last that was heard: nobody waits for a database to say it.
    void this.isCrowded().then((crowded) => (this.isGivingWay = crowded));
    return windowsOf(this.isGivingWay ? this.ratePerSecond / GIVING_WAY : this.ratePerSecond);
  }

  private async leave(jobs: number, windows: readonly Window[]): Promise<void> {
    this.hand -= jobs;
    for (const go of this.waiting.splice(0, jobs)) go();
    // When they left is when they were on their way: the machine may hold them up until then.
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
    const now = performance.now();
    for (let job = 0; job < jobs; job++) this.left.push(now);
    this.left.splice(0, this.left.length - Math.ceil(this.ratePerSecond));
    void this.fill(windows);
  }

  /** @returns microseconds until it is worth asking again. */
  private fill(windows: readonly Window[]): Promise<number> {
    this.filling ??= this.take(this.handful - this.hand, windows).finally(() => (this.filling = null));
    return this.filling;
  }

  private async take(jobs: number, windows: readonly Window[]): Promise<number> {
    const limits = windows.flatMap(({ most, ms }) => [most, Math.ceil(ms * 1_000)]);
    try {
      const [go, micros] = (await this.redis.eval(LEAVE, 1, this.key, jobs, ...limits)) as [number, number];
      this.hand += go;
      return micros;
    } catch {
      this.hand += jobs;
      return 0;
    }
  }
}
