import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import 'reflect-metadata';
import type { Transaction } from '@app/database';
import type { QueueDefinition } from './define-queue.js';

export interface Feedable<T> {
  /** The row's id: one job per row, however often it is fed. */
  readonly id: string;
  readonly data: T;
  /** 1 goes first; 0 or none before all numbered ones. */
  readonly priority?: number;
}

export interface Feeder<T> {
  /** Claims due rows (`for update skip locked`, urgent first), marks them queued, and claims again what was queued too long ago. */
  claim(tx: Transaction, limit: number): Promise<readonly Feedable<T>[]>;
  /** Rows that wait for this queue, counted no further than a glance needs, and the oldest one's time. */
  backlog?(tx: Transaction): Promise<Backlog>;
}

export interface Backlog {
  readonly rows: number;
  readonly oldestAt: Date | null;
}

/** Resolves when the provider may be asked: awaited right before, because between the two a rate is lost again. */
export type Pace = () => Promise<void>;

export interface Processor<T> {
  /** The provider's rate as configured here, where it differs from the queue's own. */
  readonly ratePerSecond?: number;
  /** Takes the row, calls the provider, writes the row. What it throws is logged; the row decides what becomes of it. */
  process(job: { readonly id: string; readonly data: T }, pace: Pace): Promise<void>;
}

const FEEDS = Symbol('muster:feeds');
const PROCESSES = Symbol('muster:processes');

/** On a class that implements `Feeder<T>`. */
export const Feeds = <T>(queue: QueueDefinition<T>): ClassDecorator =>
  applyDecorators(Injectable(), SetMetadata(FEEDS, queue));
/** On a class that implements `Processor<T>`. */
export const Processes = <T>(queue: QueueDefinition<T>): ClassDecorator =>
  applyDecorators(Injectable(), SetMetadata(PROCESSES, queue));

const declared = (key: symbol, instance: unknown): QueueDefinition | undefined => {
  const type = (instance as { constructor?: object } | null)?.constructor;
  return type ? (Reflect.getMetadata(key, type) as QueueDefinition | undefined) : undefined;
};

export interface Line {
  readonly queue: QueueDefinition;
  readonly feeder: Feeder<unknown>;
  readonly processor: Processor<unknown>;
}

/** Pairs feeders with processors among all providers of an app; half a queue or two of a kind stop the boot. */
export function linesAmong(instances: Iterable<unknown>): Line[] {
  const feeders = new Map<string, { queue: QueueDefinition; feeder: Feeder<unknown> }>();
  const processors = new Map<string, { queue: QueueDefinition; processor: Processor<unknown> }>();
  for (const instance of new Set(instances)) {
    const fed = declared(FEEDS, instance);
    const processed = declared(PROCESSES, instance);
    if (fed && feeders.has(fed.name)) throw new Error(`${fed.name}: two feeders`);
    if (processed && processors.has(processed.name)) throw new Error(`${processed.name}: two processors`);
    if (fed) feeders.set(fed.name, { queue: fed, feeder: instance as Feeder<unknown> });
    if (processed) processors.set(processed.name, { queue: processed, processor: instance as Processor<unknown> });
  }
  for (const name of processors.keys()) if (!feeders.has(name)) throw new Error(`${name}: nobody feeds it`);
  return [...feeders.entries()].map(([name, { queue, feeder }]) => {
    const processor = processors.get(name)?.processor;
    if (!processor) throw new Error(`${name}: nobody processes it`);
    return { queue, feeder, processor };
  });
}
