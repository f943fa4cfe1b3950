import 'reflect-metadata';
import { Injectable } from '@nestjs/common';

/** Claims rows that are due, in sets; opens its own transactions. */
export interface Sweeper {
  /** How many rows were moved; more than none: called again at once. */
  sweep(): Promise<number>;
}

export interface SweepOptions {
  readonly everyMs: number;
}

export interface Swept extends SweepOptions {
  readonly sweeper: string;
}

const SWEEPS = Symbol.for('muster.sweeps');

export const Sweeps =
  (sweeper: string, o: SweepOptions): ClassDecorator =>
  (target) => {
    Reflect.defineMetadata(SWEEPS, { ...o, sweeper } satisfies Swept, target);
    Injectable()(target);
  };

export const sweepsOf = (instance: object): Swept | undefined =>
  Reflect.getMetadata(SWEEPS, instance.constructor) as Swept | undefined;
