import { describe, expect, test } from '@jest/globals';
import { uuidv7, type Envelope } from '@app/messaging';
import { CloudEvent, Kafka } from 'cloudevents';
import fc from 'fast-check';
import { headersBySdk, headersOf } from './cloud-event.js';

const envelopes: fc.Arbitrary<Envelope> = fc.record({
  id: fc.uuid({ version: 7 }),
  type: fc.constantFrom('intake.application-submitted.v1', 'intake.application-paused.v1', 'vetting.check-sent.v2'),
  topic: fc.constantFrom('intake.application', 'vetting.application'),
  key: fc.uuid(),
  data: fc.json(),
  sequence: fc.nat(),
  at: fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
  correlationId: fc.uuid(),
  causationId: fc.option(fc.uuid()),
  traceparent: fc.option(
    fc.constantFrom(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, `00-${'c'.repeat(32)}-${'d'.repeat(16)}-00`),
  ),
  forumId: fc.uuid(),
  epoch: fc.nat({ max: 3 }),
});

describe('headers', () => {
  test('are those that the SDK writes, for whatever event', () => {
    fc.assert(
      fc.property(fc.array(envelopes, { minLength: 2, maxLength: 5 }), (several) => {
        for (const envelope of several) expect(headersOf(envelope)).toEqual(headersBySdk(envelope));
      }),
      { numRuns: 60 },
    );
  });

  test('of one event never leak into another of its shape', () => {
    const [one, two] = fc
      .sample(fc.record({ a: envelopes, b: envelopes }), 1)
      .flatMap(({ a, b }) => [a, { ...b, type: a.type }]);
    headersOf(one!);
    expect(headersOf(two!)).toEqual(headersBySdk(two!));
    expect(headersOf(one!)).toEqual(headersBySdk(one!));
  });

  test('are read back by the SDK as the same event', () => {
    const [envelope] = fc.sample(envelopes, 1) as [Envelope];
    const event = Kafka.toEvent({
      headers: headersOf(envelope),
      value: envelope.data,
      body: envelope.data,
    } as never) as CloudEvent;
    expect(event).toMatchObject({
      id: envelope.id,
      type: envelope.type,
      source: `/${envelope.topic.split('.')[0]}`,
      specversion: '1.0',
      time: envelope.at.toISOString(),
      sequence: String(envelope.sequence),
      correlationid: envelope.correlationId,
      forumid: envelope.forumId,
    });
  });

  test('cost less than a quarter of what the SDK takes', () => {
    const some = fc.sample(envelopes, 400).map((envelope) => ({ ...envelope, id: uuidv7() }));
    const micros = (work: (envelope: Envelope) => unknown): number => {
      const started = process.cpuUsage();
      some.forEach(work);
      const { user, system } = process.cpuUsage(started);
      return user + system;
    };
    // Side by side, so that a busy machine slows both; the first rounds warm them up.
    const rounds = Array.from({ length: 6 }, () => micros(headersOf) / micros(headersBySdk));
    expect(Math.min(...rounds)).toBeLessThan(1 / 4);
  });
});
