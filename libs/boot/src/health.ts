import type { Database } from '@app/database';
import type { HealthReport } from './admin-listener.js';
import { databaseAnswers } from './health.query.js';

export type State = 'up' | 'down';

const FRESH_MS = 1000;

/** What the probes say. Only the database decides about readiness: the front door stays open while Kafka or Redis are away. */
export class Health {
  /** True between the end of the start and the beginning of the stop. */
  open = false;
  private readonly fatal: (() => string | null)[] = [];
  private readonly watched = new Map<string, () => State | Promise<State>>();
  private last: { at: number; state: Promise<State> } | null = null;

  constructor(private readonly database: Database) {}

  watch(name: string, state: () => State | Promise<State>): void {
    this.watched.set(name, state);
  }

  /** A reason, once this process can no longer do its work and only a new one can; null as long as it can. */
  deadBecause(reason: () => string | null): void {
    this.fatal.push(reason);
  }

  async report(): Promise<HealthReport> {
    const dependencies = await this.dependencies();
    const dead = this.fatal.map((reason) => reason()).find((reason) => reason !== null) ?? null;
    return { dead, ready: this.open && dependencies['postgres'] === 'up', dependencies };
  }

  async dependencies(): Promise<Record<string, State>> {
    const states = await Promise.all(
      [...this.watched].map(
        async ([name, state]) => [name, await Promise.resolve(state()).catch(() => 'down' as const)] as const,
      ),
    );
    return { postgres: await this.postgres(), ...Object.fromEntries(states) };
  }

  private postgres(): Promise<State> {
    const now = Date.now();
    if (!this.last || now - this.last.at > FRESH_MS) {
      this.last = { at: now, state: databaseAnswers(this.database).then((well) => (well ? 'up' : 'down')) };
    }
    return this.last.state;
  }
}
