import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import type { EventDefinition } from '@app/contracts';
import type { Transaction } from '@app/database';
import type { Tx } from '../tx.js';
import type { Batch } from './received.js';

export interface ConsumerOptions {
  /** `now`: what happened before this consumer first started is not for it. */
  readonly from: 'beginning' | 'now';
  /** A Kafka group of its own, for a slow handler; default: the app's. */
  readonly group?: string;
}

export interface Consumes extends ConsumerOptions {
  readonly consumer: string;
  readonly events: readonly EventDefinition<any>[];
  readonly kind: 'handler' | 'projection';
}

/** A consumer that decides: state and new facts in one transaction. Events of one key come in log order. */
export interface BatchHandler {
  handle(events: Batch, tx: Tx): Promise<void>;
}

/** A consumer that only folds into a table that can be made anew. */
export interface Projection {
  project(events: Batch, tx: Transaction): Promise<void>;
  /** Empties what it folds into, before a rebuild. */
  clear(tx: Transaction): Promise<void>;
}

const CONSUMES = Symbol.for('muster.consumes');

const consumes =
  (declared: Consumes): ClassDecorator =>
  (target) => {
    Reflect.defineMetadata(CONSUMES, declared, target);
    Injectable()(target);
  };

/** @param consumer stable for ever: it is the inbox key, not the name of a file or class */
export const Handles = (
  events: readonly EventDefinition<any>[],
  consumer: string,
  o: ConsumerOptions,
): ClassDecorator => consumes({ ...o, events, consumer, kind: 'handler' });

export const Projects = (
  events: readonly EventDefinition<any>[],
  consumer: string,
  o: ConsumerOptions,
): ClassDecorator => consumes({ ...o, events, consumer, kind: 'projection' });

export const consumesOf = (instance: object): Consumes | undefined =>
  Reflect.getMetadata(CONSUMES, instance.constructor) as Consumes | undefined;
