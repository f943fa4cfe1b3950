import { EVENTS, eventOfType, type EventDefinition } from '@app/contracts';
import type { Arrived, Envelope } from './event-log.js';
import type { Received } from './delivery/received.js';
import { mintedAt, nameId } from './uuid.js';

/** Why a message cannot be handed to anybody. */
export type Unreadable =
  | 'bad-envelope'
  | 'foreign-source'
  | 'wrong-topic'
  | 'unknown-type'
  | 'unknown-version'
  | 'too-large'
  | 'not-json'
  | 'wrong-schema'
  | 'wrong-key';

export type Read =
  | {
      readonly is: 'event';
      readonly definition: EventDefinition<any>;
      readonly event: Received;
      readonly epoch: number;
    }
  | {
      readonly is: 'unreadable';
      readonly reason: Unreadable;
      /** Field paths and rule names, never values. */
      readonly detail: string;
      readonly id: string;
      readonly type: string | null;
      readonly definition: EventDefinition<any> | null;
      readonly forumId: string | null;
      readonly epoch: number;
    };

/** As the journal's CHECK. */
export const MAX_DATA_BYTES = 65536;

/** The CloudEvents attributes of an event, extensions included. Each costs a header on every message: none repeats the key. */
export const attributesOf = (envelope: Envelope): Record<string, string> => ({
  specversion: '1.0',
  id: envelope.id,
  source: sourceOf(envelope.topic),
  type: envelope.type,
  time: envelope.at.toISOString(),
  datacontenttype: 'application/json',
  sequence: String(envelope.sequence),
  correlationid: envelope.correlationId,
  ...(envelope.causationId === null ? {} : { causationid: envelope.causationId }),
  ...(envelope.traceparent === null ? {} : { traceparent: envelope.traceparent }),
  forumid: envelope.forumId,
  ...(envelope.epoch === 0 ? {} : { logepoch: String(envelope.epoch) }),
});

/** The context that alone may write a topic. */
export const sourceOf = (topic: string): string => `/${topic.slice(0, topic.indexOf('.'))}`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const VERSIONED = /^(.+)\.v[1-9][0-9]*$/;

export const withoutVersion = (type: string): string => VERSIONED.exec(type)?.[1] ?? type;

const FAMILIES = new Set(EVENTS.map(({ type }) => withoutVersion(type)));

/** Of a type that no contract has: a later build may know the version; nobody may ever know the type. */
const unknown = (type: string): Unreadable => {
  if (!VERSIONED.test(type)) return 'bad-envelope';
  return FAMILIES.has(withoutVersion(type)) ? 'unknown-version' : 'unknown-type';
};

/** Of a type that nobody here reads, in its own topic: who reads it judges it, and here its data stay unread. */
export const isForOthers = ({ headers, topic }: Arrived, wanted: ReadonlySet<string>): boolean => {
  const type = headers.ce_type ?? '';
  return !wanted.has(type) && eventOfType(type)?.topic === topic && headers.ce_source === sourceOf(topic);
};

/** Judges a message from outside: nothing of it is believed before its contract accepts it. */
export const readArrived = (arrived: Arrived): Read => {
  const { headers } = arrived;
  const type = headers.ce_type ?? null;
  const definition = type === null ? null : (eventOfType(type) ?? null);
  const id = idOf(arrived);
  const forumId = UUID.test(headers.ce_forumid ?? '') ? (headers.ce_forumid as string) : null;
  const epoch = Number(headers.ce_logepoch ?? 0) || 0;
  const unreadable = (reason: Unreadable, detail = ''): Read => ({
    is: 'unreadable',
    reason,
    detail,
    id,
    type: type !== null && type.length <= 120 ? type : null,
    definition,
    forumId,
    epoch,
  });
  const wrong = envelopeFaults(arrived);
  if (wrong.length > 0) return unreadable('bad-envelope', wrong.join(' '));
  if (headers.ce_source !== sourceOf(arrived.topic)) return unreadable('foreign-source');
  if (definition === null) return unreadable(unknown(type ?? ''), 'type');
  if (definition.topic !== arrived.topic) return unreadable('wrong-topic');
  if (arrived.value === null || arrived.value.length > MAX_DATA_BYTES) return unreadable('too-large');
  let json: unknown;
  try {
    json = JSON.parse(arrived.value.toString('utf8'));
  } catch {
    return unreadable('not-json');
  }
  const parsed = definition.loose.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.')}:${issue.code ?? ''}`);
    return unreadable('wrong-schema', issues.join(' '));
  }
  if (definition.key(parsed.data) !== arrived.key) return unreadable('wrong-key');
  return { is: 'event', definition, epoch, event: receivedFrom(arrived, id, parsed.data) };
};

const envelopeFaults = ({ headers }: Arrived): string[] => {
  const wrong: string[] = [];
  const id = headers.ce_id ?? '';
  if (headers.ce_specversion !== '1.0') wrong.push('specversion');
  if (!UUID.test(id) || mintedAt(id) === null) wrong.push('id');
  if (!/^[0-9]{1,15}$/.test(headers.ce_sequence ?? '')) wrong.push('sequence');
  if (Number.isNaN(Date.parse(headers.ce_time ?? ''))) wrong.push('time');
  if (!UUID.test(headers.ce_correlationid ?? '')) wrong.push('correlationid');
  if (headers.ce_causationid !== undefined && !UUID.test(headers.ce_causationid)) wrong.push('causationid');
  if (!UUID.test(headers.ce_forumid ?? '')) wrong.push('forumid');
  return wrong;
};

/** A message without a usable id gets one from its content, so that it is parked once however often it comes. */
const idOf = (arrived: Arrived): string => {
  const id = arrived.headers.ce_id ?? '';
  if (UUID.test(id)) return id;
  const place = `${arrived.topic}|${arrived.partition}|${arrived.offset}|${arrived.key}|`;
  return nameId(Buffer.concat([Buffer.from(place), arrived.value ?? Buffer.alloc(0)]));
};

const receivedFrom = (arrived: Arrived, id: string, data: unknown): Received => {
  const { headers } = arrived;
  const event: Received = {
    id,
    type: headers.ce_type as string,
    topic: arrived.topic,
    key: arrived.key,
    data,
    sequence: Number(headers.ce_sequence),
    at: new Date(headers.ce_time as string),
    correlationId: headers.ce_correlationid as string,
    ...(headers.ce_causationid === undefined ? {} : { causationId: headers.ce_causationid }),
    ...(headers.ce_traceparent === undefined && headers.traceparent === undefined
      ? {}
      : { traceparent: headers.ce_traceparent ?? headers.traceparent }),
    forumId: headers.ce_forumid as string,
    is(definition): this is Received<any> {
      return definition.type === event.type;
    },
  } as Received;
  return event;
};
