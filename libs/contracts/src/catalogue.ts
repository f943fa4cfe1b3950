import type { EventDefinition } from './define-event.js';
import * as contracts from './events.js';

/** Every event version ever published; an event that is missing in `events.ts` cannot be published or consumed. */
export const EVENTS: readonly EventDefinition[] = Object.values(contracts)
  .filter((it) => 'topic' in it)
  .map((event) => event as unknown as EventDefinition)
  .sort((a, b) => a.type.localeCompare(b.type));

const byType = new Map(EVENTS.map((event) => [event.type, event]));
if (byType.size !== EVENTS.length) throw new Error('two events share a type');

export const eventOfType = (type: string): EventDefinition | undefined => byType.get(type);

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** What is older is gone for good, also what people who were erased meanwhile had said in the clear (S17). */
  readonly retentionMs: number;
}

/** As long as the journal, from which a topic can be built anew. */
const RETENTION_DAYS = 14;

/** Every topic there is; `npm run migrate` makes them. */
export const TOPICS: readonly Topic[] = [...new Set(EVENTS.map((event) => event.topic))]
  .sort()
  .map((name) => ({ name, partitions: 12, retentionMs: RETENTION_DAYS * 86_400_000 }));
