import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import type { StaffRole } from '@app/access';
import type { Tx } from '@app/messaging';

export type Level = 'green' | 'amber' | 'red';

/** One thing an operator watches; `code` and `runbook` are kebab-case, `detail` holds codes, ids and numbers only. */
export interface Reading {
  readonly code: string;
  readonly value: number | string | boolean;
  readonly level: Level;
  /** The file of docs/runbooks that tells what to do. */
  readonly runbook?: string;
  readonly detail?: object;
}

export interface Vitals {
  vitals(now: Date): Promise<readonly Reading[]>;
}

/** Something an operator may change here; `schema` is read again by the app, and the pull is audited with its effect. */
export interface Lever<A = any> {
  readonly code: string;
  readonly roles: readonly StaffRole[];
  readonly schema: z.ZodType<A>;
  pull(args: A, by: { memberId: string; forumId: string }, tx: Tx): Promise<void>;
}

export interface Step {
  readonly at: Date;
  readonly code: string;
  readonly ids?: object;
}

/** What happened to one application here, in codes and ids. Whoever resolves a reference finds it in that forum only. */
export interface Trace {
  follow(of: { reference?: string; applicationId?: string; forumId: string }): Promise<readonly Step[]>;
}

export const DECLARED = Symbol('muster:operator');
export type Declared = 'vitals' | 'lever' | 'trace';

const declare = (what: Declared): ClassDecorator => applyDecorators(Injectable(), SetMetadata(DECLARED, what));

/** On a class that implements `Vitals`. */
export const Vital = (): ClassDecorator => declare('vitals');
/** On a class that implements `Lever`. */
export const Lever = (): ClassDecorator => declare('lever');
/** On a class that implements `Trace`. */
export const Trace = (): ClassDecorator => declare('trace');
