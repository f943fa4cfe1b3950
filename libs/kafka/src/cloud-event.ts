import { CloudEvent, Kafka } from 'cloudevents';
import { attributesOf, type Envelope } from '@app/messaging';

/** Attributes whose value differs from event to event of one type. */
const VARIES = [
  'id',
  'time',
  'sequence',
  'correlationid',
  'causationid',
  'traceparent',
  'forumid',
  'logepoch',
] as const;

type Headers = Record<string, string>;

/** What the SDK wrote for the first event of a shape: constants stay, the rest is filled in. */
const shapes = new Map<string, Headers>();

/**
 * Headers of the CloudEvents Kafka binding, binary mode. The SDK takes some 40 µs to build and validate an event, so it
 * writes one of each shape (type, and which optional attributes there are), which the others are made after;
 * `headersBySdk` is what the spec compares with.
 */
export const headersOf = (envelope: Envelope): Headers => {
  const { type, topic, causationId, traceparent, epoch } = envelope;
  const shape = `${type}|${topic}|${causationId === null}|${traceparent === null}|${epoch === 0}`;
  let written = shapes.get(shape);
  if (!written) {
    written = headersBySdk(envelope);
    shapes.set(shape, written);
  }
  const attributes = attributesOf(envelope);
  const headers = { ...written };
  for (const name of VARIES) {
    const value = attributes[name];
    if (value !== undefined) headers[`ce_${name}`] = value;
  }
  return headers;
};

export const headersBySdk = (envelope: Envelope): Headers => {
  const event = new CloudEvent<string>({ ...attributesOf(envelope), data: envelope.data } as never);
  const message = Kafka.binary(event) as unknown as { headers: Record<string, string | undefined> };
  // The binding maps datacontenttype to the header content-type; the SDK writes it a second time.
  const present = Object.entries(message.headers).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[0] !== 'ce_datacontenttype',
  );
  return Object.fromEntries(present);
};
