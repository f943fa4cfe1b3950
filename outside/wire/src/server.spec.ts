import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { serve, type Served } from './index.js';

let web: Served;
let done = 0;

beforeEach(async () => {
  done = 0;
  web = await serve({
    port: 0,
    host: '127.0.0.1',
    maxBody: 100,
    stats: () => ({ done }),
    dialect: {
      error: () => ({ status: 500, body: { says: 'error' } }),
      tooMany: () => ({ status: 429, body: { says: 'slow' } }),
      wrongShape: () => ({ status: 200, body: { says: 'nonsense' } }),
    },
    routes: [
      {
        method: 'POST',
        path: '/things/:id',
        provider: true,
        answer: ({ params }) => {
          done += 1;
          return { status: 201, body: { id: params.id } };
        },
      },
    ],
  });
});
afterEach(() => web.close());

const post = (path: string, body?: string, headers: Record<string, string> = {}) =>
  fetch(`${web.url}${path}`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
const fault = (faults: object) => post('/faults', JSON.stringify(faults));

test('a route answers, others do not', async () => {
  expect(await (await post('/things/7')).json()).toEqual({ id: '7' });
  expect((await fetch(`${web.url}/things/7`)).status).toBe(405);
  expect((await fetch(`${web.url}/things/7`)).headers.get('allow')).toBe('POST');
  expect((await post('/things')).status).toBe(404);
  expect((await fetch(`${web.url}/health`)).status).toBe(200);
});

test('each fault shows on the wire and is counted', async () => {
  await fault({ errorRate: 1 });
  expect((await post('/things/1')).status).toBe(500);
  await fault({ status429: true });
  expect((await post('/things/1')).status).toBe(429);
  await fault({ wrongShape: true });
  expect(await (await post('/things/1')).json()).toEqual({ says: 'nonsense' });
  expect(done).toBe(0);
  await fault({ acceptThenReset: true });
  await expect(post('/things/1')).rejects.toThrow();
  expect(done).toBe(1);
  await fault({ down: true });
  await expect(post('/things/1')).rejects.toThrow();
  expect(done).toBe(1);
  await fault({ hang: true });
  await expect(fetch(`${web.url}/things/1`, { method: 'POST', signal: AbortSignal.timeout(100) })).rejects.toThrow();
  await fault({ latencyMs: 60 });
  const before = performance.now();
  expect((await post('/things/1')).status).toBe(201);
  expect(performance.now() - before).toBeGreaterThan(55);
  const stats = (await (await fetch(`${web.url}/stats`)).json()) as Record<string, unknown>;
  expect(stats).toMatchObject({ requests: 7, done: 2, answers: { '500': 1, '429': 1, '200': 1, reset: 2, '201': 1 } });
});

test('a fault may be for a number of requests only', async () => {
  await fault({ errorRate: 1, times: 2 });
  expect([
    (await post('/things/1')).status,
    (await post('/things/1')).status,
    (await post('/things/1')).status,
  ]).toEqual([500, 500, 201]);
});

test('what is not a fault is refused and changes nothing', async () => {
  for (const wrong of ['{"errorRate":2}', '{"latencyMs":-1}', '{"fire":true}', '[]', 'x'])
    expect((await post('/faults', wrong)).status).toBe(400);
  expect((await post('/things/1')).status).toBe(201);
});

test('drills cannot be switched through the front', async () => {
  expect((await post('/faults', '{"down":true}', { 'x-forwarded-host': 'localhost:4300' })).status).toBe(404);
  expect((await post('/things/1')).status).toBe(201);
});

test('a body that is too large is refused', async () => {
  expect((await post('/things/1', 'x'.repeat(101))).status).toBe(413);
});
