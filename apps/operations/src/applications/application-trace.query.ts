import { Injectable } from '@nestjs/common';
import { notFound } from '@app/http';
import type { Step } from '@app/operator';
import { AppPorts } from '../ports/app-ports.js';

interface Told {
  readonly steps: readonly Step[];
  readonly events: readonly { at: string; type: string; id: string; sequence: number }[];
  readonly letters: readonly {
    id: string;
    consumer: string;
    type: string | null;
    state: string;
    reasonCode: string;
    at: string;
  }[];
}

export interface TraceEntry {
  readonly at: string;
  readonly app: string;
  /** `event`: published by the app; `step`: what it did; `letter`: what it could not take. */
  readonly kind: 'step' | 'event' | 'letter';
  readonly code: string;
  readonly ids: object;
}

export interface ApplicationTrace {
  readonly reference: string;
  readonly applicationId: string;
  readonly entries: readonly TraceEntry[];
  /** Letters that still hold something of this application back. */
  readonly stuck: readonly TraceEntry[];
  /** Apps that could not be asked now. */
  readonly away: readonly string[];
}

/** Where is it, and why is it stuck: every app's part of one application, in the order of time; codes and ids only. */
@Injectable()
export class ApplicationTraceQuery {
  constructor(private readonly ports: AppPorts) {}

  async follow(reference: string, staffToken: string): Promise<ApplicationTrace> {
    const applicationId = await this.find(reference, staffToken);
    const told = await this.ports.everyApp<Told>(`/operator/traces?applicationId=${applicationId}`, staffToken);
    const entries = told
      .flatMap(({ app, answer }) => (answer ? entriesOf(app, answer) : []))
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    return {
      reference,
      applicationId,
      entries,
      stuck: entries.filter(({ kind, ids }) => kind === 'letter' && OPEN.has((ids as { state?: string }).state ?? '')),
      away: told.filter(({ answer }) => answer === null).map(({ app }) => app),
    };
  }

  /** Intake alone knows references. */
  private async find(reference: string, staffToken: string): Promise<string> {
    const { steps } = await this.ports.ask<Told>(
      'intake',
      `/operator/traces?reference=${encodeURIComponent(reference)}`,
      staffToken,
    );
    const id = steps
      .map(({ ids }) => (ids as { applicationId?: unknown } | undefined)?.applicationId)
      .find((one) => typeof one === 'string');
    if (typeof id !== 'string') throw notFound();
    return id;
  }
}

const OPEN = new Set(['parked', 'retrying', 'following']);

const entriesOf = (app: string, { steps, events, letters }: Told): TraceEntry[] => [
  ...steps.map(({ at, code, ids }) => ({ at: String(at), app, kind: 'step' as const, code, ids: ids ?? {} })),
  ...events.map(({ at, type, id, sequence }) => ({
    at,
    app,
    kind: 'event' as const,
    code: type,
    ids: { eventId: id, sequence },
  })),
  ...letters.map(({ at, id, consumer, type, state, reasonCode }) => ({
    at,
    app,
    kind: 'letter' as const,
    code: reasonCode,
    ids: { letterId: id, consumer, type, state },
  })),
];
