import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import './kafka-event-log.js';

const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js');

test('a connection on which nothing waits sets no timer', () => {
  const queue = new RequestQueue({ logger: { debug: () => undefined } });
  queue.checkPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
});

test('what waits for its turn gets it once the throttle ends', async () => {
  const queue = new RequestQueue({ logger: { debug: () => undefined } });
  queue.throttledUntil = Date.now() + 30;
  const sent = new Promise<void>((resolve) => {
    const entry = { apiName: 'Fetch', apiKey: 1, correlationId: 1 };
    queue.push({ entry, expectResponse: true, requestTimeout: 1_000, sendRequest: resolve });
  });
  await sent;
  expect(Date.now()).toBeGreaterThanOrEqual(queue.throttledUntil);
  queue.destroy();
});
