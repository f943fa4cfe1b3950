import type { DataOf, EventDefinition } from '@app/contracts';

/** An event as a handler sees it: known, valid, new to this consumer, of nobody erased. */
export interface Received<E = any> {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly key: string;
  readonly data: E extends EventDefinition<any> ? DataOf<E> : any;
  readonly sequence: number;
  /** When it happened, by the clock of the app that says so. */
  readonly at: Date;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  readonly forumId: string;
  is<F extends EventDefinition<any>>(event: F): this is Received<F> & Recognised;
}

/** Exists for the compiler only: without it, what was asked about once could be nothing else afterwards. */
declare const recognised: unique symbol;
interface Recognised {
  readonly [recognised]: true;
}

/** Events of one consumer in log order per key. */
export type Batch<E = any> = readonly Received<E>[];

/** Groups a batch by key, keeping log order, for handlers that write one row per key. */
export const foldByKey = <E>(events: Batch<E>): Map<string, Received<E>[]> => {
  const byKey = new Map<string, Received<E>[]>();
  for (const event of events) {
    const known = byKey.get(event.key);
    if (known) known.push(event);
    else byKey.set(event.key, [event]);
  }
  return byKey;
};
