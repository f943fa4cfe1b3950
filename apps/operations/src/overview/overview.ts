import type { AppOverview } from '@app/operator';

export type Level = 'green' | 'amber' | 'red';
export type Mode = 'open' | 'capped' | 'interest-only';

/** What somebody should look at; `runbook` is a file of docs/runbooks. Codes, ids and numbers only. */
export interface Alert {
  readonly code: string;
  readonly level: Exclude<Level, 'green'>;
  readonly subject: string;
  readonly value: number | string;
  readonly runbook: string;
}

/** One instance as it answered; null: it did not. */
export interface Instance {
  readonly app: string;
  readonly url: string;
  readonly answer: AppOverview | null;
}

export interface Overview {
  readonly at: Date;
  readonly intake: { readonly acceptedPerSecond: number; readonly mode: Mode };
  readonly journals: readonly { app: string; unsent: number; oldestSeconds: number }[];
  readonly consumers: readonly { group: string; topic: string; lag: number; oldestSeconds: number }[];
  readonly queues: readonly {
    app: string;
    name: string;
    waiting: number;
    active: number;
    delayed: number;
    failed: number;
    oldestSeconds: number;
  }[];
  readonly deadLetters: { readonly open: number; readonly byApp: Readonly<Record<string, number>> };
  readonly promises: { readonly open: number; readonly dueWithin24h: number; readonly overdue: number };
  readonly providers: readonly {
    app: string;
    name: string;
    circuit: 'closed' | 'open' | 'half-open';
    forced: boolean;
  }[];
  readonly dependencies: readonly { name: string; state: 'up' | 'down' }[];
  readonly vitals: readonly {
    app: string;
    code: string;
    value: number | string | boolean;
    level: Level;
    runbook?: string;
  }[];
  readonly verdict: Level;
  readonly alerts: readonly Alert[];
}
