import type { Type } from '@nestjs/common';
import type { z } from 'zod';
import type { Context } from '@app/contracts';
import type { Compartment } from '@app/privacy';

export type AppName = Context;

export interface AppDeclaration {
  readonly name: AppName;
  readonly module: Type;
  /** What the app reads from the environment beyond the libs' own: keys in capitals. */
  readonly config: z.ZodObject;
  /** `new URL('../migrations/', import.meta.url)` */
  readonly migrations: URL;
  /** `new URL('../locales/', import.meta.url)` */
  readonly locales: URL;
  /** Compartments whose wrapping keys the app holds. */
  readonly compartments: readonly Compartment[];
}

export type AppDefinition = AppDeclaration;

export const defineApp = (app: AppDeclaration): AppDefinition => app;

/** The app's parsed configuration: `@Inject(CONFIG) private readonly config: IntakeConfig`. */
export const CONFIG = Symbol('muster:config');
