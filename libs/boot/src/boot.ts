import type { AppDefinition } from './define-app.js';

export interface RunningApp {
  readonly url: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

export declare function boot(
  app: AppDefinition,
  overrides?: { environment?: Record<string, string> },
): Promise<RunningApp>;
