import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** W3C trace context: which work this line of code belongs to, across HTTP, Kafka and jobs. */
export interface Trace {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceparent: string;
}

const storage = new AsyncLocalStorage<Trace>();
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const NONE = '0'.repeat(32);

const POOL = 4096;
let pool = Buffer.alloc(0);
let used = 0;

/** Ids are random, not secret: the kernel is asked once for many. */
const randomHex = (bytes: number): string => {
  if (used + bytes > pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
};

const newTrace = (traceId: string, flags: string): Trace => {
  const spanId = randomHex(8);
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
};

/** A new span of the trace that came in; a new trace when nothing valid came. */
export const continueTrace = (traceparent?: string | null): Trace => {
  const [, traceId, , flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return traceId !== undefined && flags !== undefined && traceId !== NONE
    ? newTrace(traceId, flags)
    : newTrace(randomHex(16), '01');
};

export const withTrace = <T>(traceparent: string | null | undefined, work: () => T): T =>
  storage.run(continueTrace(traceparent), work);

/** Goes on in a trace that was begun already, where the way here has lost it. */
export const inTrace = <T>(trace: Trace, work: () => T): T => storage.run(trace, work);

export const currentTrace = (): Trace | undefined => storage.getStore();
