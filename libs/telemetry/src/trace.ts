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

const newTrace = (traceId: string, flags: string): Trace => {
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
};

/** A new span of the trace that came in; a new trace when nothing valid came. */
export const continueTrace = (traceparent?: string | null): Trace => {
  const [, traceId, , flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return traceId !== undefined && flags !== undefined && traceId !== NONE
    ? newTrace(traceId, flags)
    : newTrace(randomBytes(16).toString('hex'), '01');
};

export const withTrace = <T>(traceparent: string | null | undefined, work: () => T): T =>
  storage.run(continueTrace(traceparent), work);

export const currentTrace = (): Trace | undefined => storage.getStore();
