import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Client, NoReply } from './client.js';
import { readReply } from './reply.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const listen = async (server: HttpServer | Server): Promise<string> => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closing.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const clientTo = (origin: string, connections = 4, timeoutMs = 5_000): Client => {
  const client = new Client(origin, connections, timeoutMs);
  closing.unshift(() => Promise.resolve(client.close()));
  return client;
};

test('every question gets its own answer, over few connections', async () => {
  let sockets = 0;
  const server = createHttp((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      response.writeHead(202, {
        'idempotency-replayed': request.headers['idempotency-key'] === 'k7' ? 'true' : 'false',
      });
      setTimeout(() => response.end(`answer to ${body}`), Math.random() * 5);
    });
  });
  server.on('connection', () => (sockets += 1));
  const client = clientTo(await listen(server));
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, n) => client.post('/', { 'idempotency-key': `k${n}` }, `siân ${n}`)),
  );
  expect(replies.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, n) => `answer to siân ${n}`));
  expect(replies.filter(({ replayed }) => replayed)).toHaveLength(1);
  expect(sockets).toBeLessThanOrEqual(4);
});

test('a connection that breaks leaves one question open, the next one dials anew', async () => {
  let n = 0;
  const server = createHttp((request, response) => {
    n += 1;
    if (n === 2) return void request.socket.destroy();
    response.writeHead(200, { connection: n === 3 ? 'close' : 'keep-alive' }).end('ok');
  });
  const client = clientTo(await listen(server), 1);
  expect((await client.post('/', {}, '')).status).toBe(200);
  await expect(client.post('/', {}, '')).rejects.toBeInstanceOf(NoReply);
  expect((await client.post('/', {}, '')).status).toBe(200);
  expect((await client.post('/', {}, '')).status).toBe(200);
});

test('nobody there, and nobody answering', async () => {
  await expect(clientTo('http://127.0.0.1:1').post('/', {}, '')).rejects.toThrow('ECONNREFUSED');
  const silent = createTcp((socket) => socket.on('error', () => {}).resume());
  const client = clientTo(await listen(silent), 4, 60);
  await expect(client.post('/', {}, '')).rejects.toThrow('no answer in time');
});

test.each([
  ['HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\n\r\nabcd', { status: 202, body: 'abcd' }],
  ['HTTP/1.1 429 Too Many\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n', { status: 429, retryAfter: 3, body: '' }],
  [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n',
    { body: 'abc0123456789' },
  ],
  ['HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '' }],
])('%j is read, however it is cut', (text, expected) => {
  const whole = Buffer.from(text);
  expect(readReply(whole)).toMatchObject({ reply: expected });
  for (let cut = 0; cut < whole.length; cut += 1) expect(readReply(whole.subarray(0, cut))).toBe('more');
});

test.each(['SMTP ready\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n'])(
  '%j is nonsense',
  (text) => expect(readReply(Buffer.from(text))).toBe('nonsense'),
);
