import { readArrived, withoutVersion, type Read } from '../envelope.js';
import type { Arrived } from '../event-log.js';
import type { Consumer } from './registry.js';

/** One message for one consumer. */
export interface Item {
  readonly arrived: Arrived;
  readonly read: Read;
  readonly id: string;
  readonly key: string;
}

/** What one consumer gets from one partition, in log order. */
export interface Slice {
  readonly partition: string;
  readonly items: readonly Item[];
}

export interface Work {
  readonly consumer: Consumer;
  readonly slices: readonly Slice[];
}

/** Takes in what nobody here can be named for; its letters are sorted anew when a build knows more. */
export const unreadConsumer = (app: string): Consumer => ({
  consumer: `${app}.unread`,
  group: app,
  topic: '',
  kind: 'projection',
  from: 'beginning',
  events: [],
  types: new Set(),
  families: new Set(),
  instance: {
    project: () => Promise.resolve(),
    clear: () => Promise.resolve(),
  },
});

/** Whose a message is. Forged or nameless ones are nobody's: they must not hold up the key they claim. */
export const readersOf = (
  read: Read,
  arrived: Arrived,
  consumers: readonly Consumer[],
  unread: Consumer,
): readonly Consumer[] => {
  if (read.is === 'event') return consumers.filter(({ types }) => types.has(read.definition.type));
  switch (read.reason) {
    case 'bad-envelope':
    case 'foreign-source':
    case 'wrong-topic':
      return [unread];
    case 'unknown-type':
    case 'unknown-version': {
      const family = withoutVersion(read.type ?? '');
      const concerned = consumers.filter(
        (consumer) => consumer.topic === arrived.topic && consumer.families.has(family),
      );
      return concerned.length > 0 ? concerned : [unread];
    }
    default:
      return consumers.filter(({ types }) => read.definition !== null && types.has(read.definition.type));
  }
};

export const asItem = (arrived: Arrived): Item => {
  const read = readArrived(arrived);
  return { arrived, read, id: read.is === 'event' ? read.event.id : read.id, key: arrived.key };
};

/** Sorts a fetch by consumer and partition. */
export const sorted = (
  partitions: readonly (readonly Item[])[],
  consumers: readonly Consumer[],
  unread: Consumer,
  wants: (consumer: Consumer, item: Item) => boolean,
): Work[] => {
  const works = new Map<Consumer, Slice[]>();
  for (const items of partitions) {
    const slices = new Map<Consumer, Item[]>();
    for (const item of items)
      for (const consumer of readersOf(item.read, item.arrived, consumers, unread)) {
        if (!wants(consumer, item)) continue;
        const slice = slices.get(consumer);
        if (slice) slice.push(item);
        else slices.set(consumer, [item]);
      }
    for (const [consumer, slice] of slices) {
      const { topic, partition } = (slice[0] as Item).arrived;
      const all = works.get(consumer) ?? [];
      all.push({ partition: `${topic}/${partition}`, items: slice });
      works.set(consumer, all);
    }
  }
  return [...works]
    .map(([consumer, slices]) => ({ consumer, slices }))
    .sort((a, b) => (a.consumer.consumer < b.consumer.consumer ? -1 : 1));
};
