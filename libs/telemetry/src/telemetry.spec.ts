import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { Log } from './log.js';
import { Metrics } from './metrics.js';
import { currentTrace, withTrace } from './trace.js';

const logged = (write: (log: Log) => void): any[] => {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  write(Log.to({ app: 'intake', level: 'debug', destination }));
  return lines.map((line) => JSON.parse(line));
};

describe('the log', () => {
  test('is JSON with a code, the app and the trace', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const [line] = logged((log) =>
      withTrace(traceparent, () => log.with({ part: 'relay' }).info('journal-sent', { events: 3 })),
    );
    expect(line).toMatchObject({
      level: 'info',
      app: 'intake',
      code: 'journal-sent',
      events: 3,
      part: 'relay',
      traceId: 'a'.repeat(32),
    });
  });

  test('writes nothing about a person or a secret, wherever it stands', () => {
    const text = JSON.stringify(
      logged((log) => {
        log.info('x', {
          email: 'ann@example.org',
          person: { familyName: 'Planted', postcode: 'OL1 1AA' },
          token: 'sesame',
        });
        log.error('y', {
          error: Object.assign(new Error('ann@example.org took'), { code: '23505', detail: 'Planted' }),
        });
      }),
    );
    for (const planted of ['ann@example.org', 'Planted', 'OL1 1AA', 'sesame']) expect(text).not.toContain(planted);
    expect(text).toContain('23505');
    expect(text).toContain('telemetry.spec');
  });
});

describe('a trace', () => {
  test('goes on from what came in, with a span of its own, across awaits', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    await withTrace(traceparent, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(currentTrace()).toMatchObject({ traceId: '1'.repeat(32) });
      expect(currentTrace()?.spanId).not.toBe('2'.repeat(16));
      expect(currentTrace()?.traceparent).toBe(`00-${'1'.repeat(32)}-${currentTrace()?.spanId}-01`);
    });
    expect(currentTrace()).toBeUndefined();
  });

  test.each([
    '',
    'rubbish',
    `00-${'0'.repeat(32)}-${'2'.repeat(16)}-01`,
    `00-${'A'.repeat(32)}-${'2'.repeat(16)}-01`,
    null,
  ])('begins anew when %p came in', (traceparent) => {
    withTrace(traceparent, () => {
      expect(currentTrace()?.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
      expect(currentTrace()?.traceId).not.toBe('0'.repeat(32));
    });
  });
});

test('a metric asked for twice is one metric, and stands in the text with its app', async () => {
  const metrics = new Metrics('intake');
  metrics.counter('relay_events_total', 'Events').inc(2);
  metrics.counter('relay_events_total', 'Events').inc(3);
  expect(await metrics.text()).toContain('relay_events_total{app="intake"} 5');
});
