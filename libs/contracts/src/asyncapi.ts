import { z } from 'zod';
import { EVENTS, TOPICS, type Topic } from './catalogue.js';
import { CONTEXTS, type EventDefinition } from './define-event.js';

type Json = { [name: string]: unknown };

/** The AsyncAPI 3 document of every event there is; made from the contracts alone, so that it cannot say something else. */
export const asyncApi = (): Json => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Muster: what has happened',
    version: '1',
    description:
      'Facts that the apps of Muster tell each other through Kafka, as CloudEvents 1.0 in binary mode. ' +
      'Every text is coded or sealed: no personal data stands in the clear. ' +
      'Optional fields may be added at any time; any other change is a new type, published beside the old one. ' +
      'When a person is erased their keys go at once, so that nothing sealed can be read; what stands in the clear about ' +
      'them (outward code, skills, slots) leaves the apps and their journals at once, and a topic after its retention.',
    license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    tags: CONTEXTS.filter((context) => EVENTS.some((event) => event.context === context)).map((name) => ({ name })),
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries(TOPICS.map((topic) => [channelName(topic.name), channelOf(topic)])),
  operations: Object.fromEntries(TOPICS.map(({ name }) => [`publish-${channelName(name)}`, operationOf(name)])),
  components: {
    messages: Object.fromEntries(EVENTS.map((event) => [event.type, messageOf(event)])),
    messageTraits: { cloudEvent: { headers: HEADERS, bindings: { kafka: { key: KEY } } } },
  },
});

const KEY = { type: 'string', description: 'Whose order matters.' };

const text = (description: string, more: Json = {}): Json => ({ type: 'string', description, ...more });

const HEADERS = {
  type: 'object',
  required: [
    'ce_specversion',
    'ce_id',
    'ce_source',
    'ce_type',
    'ce_time',
    'ce_sequence',
    'ce_correlationid',
    'ce_forumid',
  ],
  properties: {
    ce_specversion: text('CloudEvents version', { const: '1.0' }),
    ce_id: text('UUID version 7; the same event always has the same id', { format: 'uuid' }),
    ce_source: text('The app that alone may write this topic, `/intake`', { pattern: '^/[a-z]+$' }),
    ce_type: text('context.noun-past.vN'),
    ce_time: text('When it happened', { format: 'date-time' }),
    ce_sequence: text('Version of the aggregate; a lower one than known is late', { pattern: '^[0-9]+$' }),
    ce_correlationid: text('First event of the chain', { format: 'uuid' }),
    ce_causationid: text('Event that led to this one', { format: 'uuid' }),
    ce_traceparent: text('W3C trace context'),
    ce_forumid: text('Forum it belongs to', { format: 'uuid' }),
    ce_logepoch: text('How often the topic was built anew; absent: never', { pattern: '^[0-9]+$' }),
  },
};

const channelName = (topic: string): string => topic.replace('.', '-');

const channelOf = ({ name, partitions, retentionMs }: Topic): Json => ({
  address: name,
  title: name,
  messages: Object.fromEntries(
    ofTopic(name).map(({ type }) => [type, { $ref: `#/components/messages/${pointer(type)}` }]),
  ),
  bindings: {
    kafka: {
      topic: name,
      partitions,
      topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': retentionMs },
    },
  },
});

const operationOf = (topic: string): Json => ({
  action: 'send',
  summary: `Written by ${topic.slice(0, topic.indexOf('.'))} alone; read by whoever needs it.`,
  channel: { $ref: `#/channels/${channelName(topic)}` },
  messages: ofTopic(topic).map(({ type }) => ({
    $ref: `#/channels/${channelName(topic)}/messages/${pointer(type)}`,
  })),
});

const ofTopic = (topic: string): readonly EventDefinition[] => EVENTS.filter((event) => event.topic === topic);

const pointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const messageOf = (event: EventDefinition): Json => ({
  name: event.type,
  title: event.type,
  summary: event.says,
  contentType: 'application/json',
  tags: [{ name: event.context }],
  correlationId: { location: '$message.header#/ce_correlationid' },
  traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
  payload: payloadOf(event),
});

/** JSON Schema of the data as a reader may rely on it. */
export const payloadOf = (event: EventDefinition): Json =>
  open(z.toJSONSchema(event.data, { target: 'draft-7' })) as Json;

/** Readers must let fields pass that they do not know. */
const open = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(open);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => !(name === 'additionalProperties' && value === false) && name !== '$schema')
      .map(([name, value]) => [name, open(value)]),
  );
};
