import type { DataOf, EventDefinition } from '@app/contracts';
import { attributesOf, uuidv7, type Arrived, type Received } from '@app/messaging';

export interface ReceivedOptions {
  readonly sequence?: number;
  readonly id?: string;
  readonly at?: Date;
  readonly causedBy?: Received;
}

/** An event as a handler would receive it. @throws when its contract refuses the data */
export const received = <E extends EventDefinition<any>>(
  definition: E,
  data: DataOf<E>,
  o: ReceivedOptions = {},
): Received<E> => {
  const parsed = definition.data.parse(data) as { forumId: string };
  const id = o.id ?? uuidv7();
  const event = {
    id,
    type: definition.type,
    topic: definition.topic,
    key: definition.key(parsed),
    data: parsed,
    sequence: o.sequence ?? 1,
    at: o.at ?? new Date(),
    correlationId: o.causedBy?.correlationId ?? id,
    ...(o.causedBy ? { causationId: o.causedBy.id } : {}),
    forumId: parsed.forumId,
    is: (other: EventDefinition<any>) => other.type === definition.type,
  };
  return event as unknown as Received<E>;
};

/** The message that carries it. */
export const arrivedFrom = (event: Received, partition: number, offset: number): Arrived => ({
  topic: event.topic,
  partition,
  offset: String(offset),
  key: event.key,
  headers: Object.fromEntries(
    Object.entries(
      attributesOf({
        ...event,
        data: '',
        causationId: event.causationId ?? null,
        traceparent: event.traceparent ?? null,
        epoch: 0,
      }),
    ).map(([name, value]) => [`ce_${name}`, value]),
  ),
  value: Buffer.from(JSON.stringify(event.data)),
});
