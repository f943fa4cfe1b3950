import { eventOfType } from '@app/contracts';
import { withoutVersion } from '../envelope.js';
import { consumesOf, type BatchHandler, type Consumes, type Projection } from './handles.js';

export interface Consumer extends Consumes {
  readonly topic: string;
  readonly group: string;
  readonly types: ReadonlySet<string>;
  /** Types without their version: a newer version of what it reads is for it, too. */
  readonly families: ReadonlySet<string>;
  readonly instance: BatchHandler | Projection;
}

/** Everything that is wrong with the consumers of an app; it must not start. */
export class ConsumersRefused extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`consumers: ${faults.join('; ')}`);
    this.name = 'ConsumersRefused';
  }
}

/** The consumers of one app, checked: a wrong one would lose events in silence. */
export class Registry {
  readonly consumers: readonly Consumer[];

  constructor(
    readonly app: string,
    instances: readonly object[],
    /** Topics the app says it reads, beside those of its consumers. */
    subscribes: readonly string[] = [],
  ) {
    const faults: string[] = [];
    const declared = instances.flatMap((instance) => {
      const consumes = consumesOf(instance);
      return consumes ? [{ consumes, instance }] : [];
    });
    for (const { consumes, instance } of declared) faults.push(...faultsOf(app, consumes, instance));
    const names = declared.map(({ consumes }) => consumes.consumer);
    for (const name of new Set(names.filter((name, at) => names.indexOf(name) !== at)))
      faults.push(`two consumers are called ${name}`);
    const read = new Set(declared.flatMap(({ consumes }) => consumes.events.map((event) => event?.topic)));
    for (const topic of subscribes) if (!read.has(topic)) faults.push(`${topic} is subscribed to and has no handler`);
    if (faults.length > 0) throw new ConsumersRefused(faults);
    this.consumers = declared
      .map(({ consumes, instance }) => consumerFrom(app, consumes, instance))
      .sort((a, b) => (a.consumer < b.consumer ? -1 : 1));
  }

  get groups(): readonly string[] {
    return [...new Set(this.consumers.map(({ group }) => group))].sort();
  }

  ofGroup(group: string): readonly Consumer[] {
    return this.consumers.filter((consumer) => consumer.group === group);
  }

  named(name: string): Consumer | undefined {
    return this.consumers.find(({ consumer }) => consumer === name);
  }
}

const NAME = /^[a-z]+(\.[a-z]+(-[a-z]+)*)+$/;

const faultsOf = (app: string, consumes: Consumes, instance: object): string[] => {
  const { consumer, events, kind, group } = consumes;
  const faults: string[] = [];
  const method = kind === 'handler' ? 'handle' : 'project';
  if (!NAME.test(consumer) || !consumer.startsWith(`${app}.`))
    faults.push(`${consumer} is not named ${app}.what-it-does`);
  if (typeof (instance as Record<string, unknown>)[method] !== 'function')
    faults.push(`${consumer} has no ${method}()`);
  if (kind === 'projection' && typeof (instance as Record<string, unknown>).clear !== 'function')
    faults.push(`${consumer} has no clear()`);
  if (group !== undefined && !group.startsWith(app)) faults.push(`${consumer}: a group of ${app} begins with its name`);
  if (events.length === 0) faults.push(`${consumer} takes no event`);
  for (const event of events)
    if (!event || eventOfType(event.type) !== event)
      faults.push(`${consumer}: ${event?.type ?? 'an event'} is not in the contracts`);
  const topics = [...new Set(events.map((event) => event?.topic))];
  if (topics.length > 1)
    faults.push(`${consumer} takes several topics (${topics.join(', ')}); no order holds between them`);
  return faults;
};

const consumerFrom = (app: string, consumes: Consumes, instance: object): Consumer => ({
  ...consumes,
  group: consumes.group ?? app,
  topic: (consumes.events[0] as { topic: string }).topic,
  types: new Set(consumes.events.map(({ type }) => type)),
  families: new Set(consumes.events.map(({ type }) => withoutVersion(type))),
  instance: instance as BatchHandler | Projection,
});
