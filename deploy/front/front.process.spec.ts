import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Front, type FrontConfig } from './front.js';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

let front: Front;
let config: FrontConfig;
let port: number;
let seen: IncomingMessage[] = [];
let bodies: string[] = [];
let answerWith: RequestListener;
let isMute = false;
let asked = 0;
const servers: Server[] = [];

const listen = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const ask = (
  path: string,
  o: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      {
        port,
        host: '127.0.0.1',
        path,
        method: o.method ?? 'GET',
        agent: false,
        headers: { host: 'localhost:1', ...o.headers },
      },
      (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
        response.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(o.body);
  });

/** Writes bytes as they are; resolves with all that came back until the other side closed. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve) => {
    let back = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (back += chunk));
    socket.on('close', () => resolve(back));
    socket.on('error', () => resolve(back));
  });

const plain: RequestListener = (incoming, response) => {
  response.setHeader('set-cookie', ['a=1', 'b=2']);
  response.end(`hello ${incoming.url}`);
};

beforeAll(async () => {
  const listener: RequestListener = (incoming, response) => {
    seen.push(incoming);
    let body = '';
    incoming.on('data', (chunk) => (body += chunk));
    incoming.on('end', () => {
      bodies.push(body);
      answerWith(incoming, response);
    });
  };
  const first = await listen(listener);
  const second = await listen((incoming, response) => {
    incoming.headers['x-instance'] = '2';
    listener(incoming, response);
  });
  const mute = await listen((incoming, response) => {
    asked += 1;
    if (!isMute) plain(incoming, response);
  });
  const closed = await listen(plain);
  const gone = servers.pop()!;
  await new Promise((resolve) => gone.close(resolve));
  config = {
    origin: 'http://localhost:1',
    hosts: ['localhost:1'],
    routes: {
      routes: [
        { prefix: '/', app: 'one' },
        { prefix: '/two', app: 'two' },
        { prefix: '/half', app: 'half' },
        { prefix: '/mute', app: 'mute' },
        { prefix: '/away', app: 'away' },
        { prefix: '/none', app: 'none' },
      ],
      closed: ['/metrics'],
    },
    targets: { one: [first], two: [first, second], half: [closed, first], mute: [mute, first], away: [closed] },
  };
  front = new Front(config);
  await new Promise<void>((resolve) => front.server.listen(0, '127.0.0.1', resolve));
  port = (front.server.address() as AddressInfo).port;
});

beforeEach(() => {
  seen = [];
  bodies = [];
  answerWith = plain;
});

afterAll(async () => {
  await front.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

test('passes a request and its answer on, both cookies too', async () => {
  const answer = await ask('/x?y=1');
  expect(answer).toMatchObject({ status: 200, body: 'hello /x?y=1' });
  expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
});

test('passes a body on', async () => {
  await ask('/x', { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } });
  expect(bodies).toEqual(['{"a":1}']);
  expect(seen[0]!.headers['content-length']).toBe('7');
});

test('an instance that answers nobody is passed over, but for one request now and then that finds it back', async () => {
  const apply = () => ask('/mute', { method: 'POST', body: '{}', headers: { 'idempotency-key': 'k' } });
  isMute = true;
  const both = await Promise.all([apply(), apply()]);
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  const began = performance.now();
  for (let n = 0; n < 6; n++) expect((await apply()).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(asked).toBe(1);
  isMute = false;
  await wait(5_100);
  for (let n = 0; n < 6; n++) expect((await apply()).status).toBe(200);
  expect(asked).toBe(4);
}, 20_000);

test('streams a body that is too large to hold', async () => {
  const body = 'x'.repeat(300_000);
  await ask('/x', { method: 'POST', body, headers: { 'content-length': String(body.length) } });
  await ask('/half', { method: 'POST', body, headers: { 'transfer-encoding': 'chunked' } });
  expect(bodies.map((it) => it.length)).toEqual([300_000, 300_000]);
});

test('a name that is not ours is refused', async () => {
  expect(await ask('/x', { headers: { host: 'evil.example' } })).toMatchObject({ status: 400 });
  expect(await raw('GET /x HTTP/1.1\r\nHost: localhost:1\r\nHost: evil.example\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
  expect(seen).toEqual([]);
});

test('nobody can say where a request came from but the front', async () => {
  await ask('/x', {
    headers: {
      'x-forwarded-for': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'x-forwarded-host': 'evil',
      'x-real-ip': '6.6.6.6',
    },
  });
  const { headers } = seen[0]!;
  expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  expect(headers['x-forwarded-host']).toBe('localhost:1');
  expect(headers['x-forwarded-proto']).toBe('http');
  expect(headers).not.toHaveProperty('forwarded');
  expect(headers).not.toHaveProperty('x-real-ip');
});

test('the public gets a trace of ours; a caller with a credential keeps his own', async () => {
  const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
  await ask('/x', { headers: { traceparent } });
  await ask('/x', { headers: { traceparent, authorization: 'Bearer mk_x' } });
  expect(seen[0]!.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(seen[0]!.headers.traceparent).not.toBe(traceparent);
  expect(seen[1]!.headers.traceparent).toBe(traceparent);
});

test('headers named in Connection stay behind', async () => {
  await ask('/x', { headers: { connection: 'close, x-secret', 'x-secret': '1', te: 'trailers' } });
  expect(seen[0]!.headers).not.toHaveProperty('x-secret');
  expect(seen[0]!.headers).not.toHaveProperty('te');
});

test('a length and chunks together are refused and the connection closed', async () => {
  const back = await raw(
    'POST /x HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n',
  );
  expect(back).toMatch(/^HTTP\/1.1 400/);
  expect(seen).toEqual([]);
});

test('closed paths are 404 however they are spelt', async () => {
  expect(await ask('/metrics')).toMatchObject({ status: 404 });
  expect(await ask('/%6detrics')).toMatchObject({ status: 404 });
  expect(await ask('/x/..%2fmetrics')).toMatchObject({ status: 400 });
  expect(seen).toEqual([]);
});

test('instances take turns', async () => {
  for (let i = 0; i < 4; i++) await ask('/two');
  expect(seen.map((it) => it.headers['x-instance'] ?? '1').sort()).toEqual(['1', '1', '2', '2']);
});

test('an instance that is gone is passed over, bodies and all', async () => {
  expect(await ask('/half', { method: 'POST', body: 'abc' })).toMatchObject({ status: 200 });
  expect(await ask('/half', { method: 'POST', body: 'abc' })).toMatchObject({ status: 200 });
  expect(bodies).toEqual(['abc', 'abc']);
});

test('an app that is away is a 503 that says when to come back', async () => {
  for (const path of ['/away', '/none']) {
    const answer = await ask(path);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.headers['content-type']).toBe('application/problem+json');
  }
});

test('a connection that dies under a repeatable request is tried again, under a form it is not', async () => {
  let deaths = 2;
  answerWith = (incoming, response) => (deaths-- > 0 ? incoming.socket.destroy() : plain(incoming, response));
  expect(await ask('/x')).toMatchObject({ status: 200 });
  deaths = 1;
  expect(await ask('/x', { method: 'POST', body: 'a', headers: { 'idempotency-key': 'k' } })).toMatchObject({
    status: 200,
  });
  deaths = 1;
  expect(await ask('/x', { method: 'POST', body: 'a' })).toMatchObject({ status: 503 });
});

test('server-sent events arrive one by one, and the app hears when the reader leaves', async () => {
  let left = false;
  answerWith = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    response.on('close', () => (left = true));
  };
  const outgoing = request({
    port,
    host: '127.0.0.1',
    path: '/events',
    agent: false,
    headers: { host: 'localhost:1' },
  });
  outgoing.end();
  const response = await new Promise<IncomingMessage>((resolve) => outgoing.on('response', resolve));
  const first = await new Promise<string>((resolve) => response.once('data', (chunk) => resolve(String(chunk))));
  expect(first).toBe('data: 1\n\n');
  response.on('error', () => {});
  outgoing.on('error', () => {});
  outgoing.destroy();
  for (let i = 0; i < 50 && !left; i++) await wait(10);
  expect(left).toBe(true);
});

test('a new configuration counts from the next request on', async () => {
  front.configure({ ...config, targets: { ...config.targets, away: config.targets.one! } });
  expect(await ask('/away')).toMatchObject({ status: 200 });
  front.configure(config);
  expect(await ask('/away')).toMatchObject({ status: 503 });
});
