import { z } from 'zod';

/**
 * One kind of outward work.
 * - `name`: `context.noun`, unique in the app; the Redis keys are `<app>:<name>:…`.
 * - `job`: what a job carries: ids only, because the row is the truth and Redis may be read by others.
 * - `ratePerSecond`: what the provider allows, all instances together.
 * - `concurrency`: jobs in flight in one process: at least rate × the provider's usual answer time.
 * - `circuit`: while this circuit is open nothing is fed.
 */
export interface QueueDefinition<T = unknown> {
  readonly name: string;
  readonly job: z.ZodType<T>;
  readonly ratePerSecond: number;
  readonly concurrency: number;
  readonly circuit?: string;
}

const NAME = /^[a-z]+(\.[a-z]+(-[a-z]+)*)$/;

export function defineQueue<T>(queue: QueueDefinition<T>): QueueDefinition<T> {
  if (!NAME.test(queue.name)) throw new Error(`${queue.name}: a queue is named context.noun`);
  if (!(queue.ratePerSecond > 0) || !(queue.concurrency > 0))
    throw new Error(`${queue.name}: needs a rate and a concurrency`);
  return queue;
}
