import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, jest, test } from '@jest/globals';
import { apply, call, form, origin, partnerKey } from '../e2e/people.js';
import { sql, stack, staff } from './stack.js';

jest.setTimeout(120_000);

const { hostname, port, host } = new URL(origin);

/** Bytes as they are: any client would mend them before they leave. */
const send = (...lines: string[]): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) });
    let text = '';
    const over = (): void => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.once('close', over).once('error', (error) => (text === '' ? reject(error) : over()));
    socket.write(lines.join('\r\n'));
  });
const get = (path: string, headers: readonly string[] = [], to = host) =>
  send(`GET ${path} HTTP/1.1`, `Host: ${to}`, ...headers, 'Connection: close', '', '');

describe('S9 Host, forwarded headers and paths are forged', () => {
  test('a host that is not ours is refused, whatever way it is said', async () => {
    for (const forged of [
      'evil.example',
      `evil.example:${port}`,
      `${host}.evil.example`,
      `${host}@evil.example`,
      '',
      'localhost',
    ])
      expect([forged, (await get('/', [], forged)).status]).toEqual([forged, 400]);
    expect((await send('GET / HTTP/1.1', `Host: ${host}`, 'Host: evil.example', '', '')).status).toBe(400);
    expect((await send('GET / HTTP/1.1', 'Connection: close', '', '')).status).toBe(400);
    expect((await get('http://evil.example/')).status).toBe(400);
    expect((await get('/')).status).toBe(200);
  });

  test('links come from configuration, never from what a request says of itself', async () => {
    const forged = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' };
    const { status, body, headers } = await apply(form(), { ...forged, 'x-original-url': '/ops' });
    expect(status).toBe(202);
    expect(body.statusUrl.startsWith(`${origin}/s/`)).toBe(true);
    expect(headers.get('location')).toBe(body.statusUrl);
    const raw = await get('/sign-in?returnTo=/ops', ['X-Forwarded-Host: evil.example', 'Accept: text/html']);
    expect(raw.text).not.toMatch(/evil\.example/);
    // Nor behind the front, where nobody would overwrite it.
    const direct = await fetch(`${stack().apps['intake']![0]!.url}/`, { headers: { ...forged, accept: 'text/html' } });
    expect(await direct.text()).not.toMatch(/evil\.example/);
  });

  test('an app asked past the front wants the right host as well', async () => {
    for (const [app, [instance]] of Object.entries(stack().apps)) {
      const { port: own } = new URL(instance!.url);
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: Number(own) });
        let text = '';
        socket.on('data', (chunk) => (text += chunk.toString('latin1')));
        socket.once('close', () => resolve(text)).once('error', reject);
        socket.write('GET /problems HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
      });
      expect([app, answer.slice(9, 12)]).toEqual([app, expect.stringMatching(/^4\d\d$/)]);
      expect(answer).not.toContain('evil.example');
    }
  });

  test('what is for operators is not on the origin, however it is spelt', async () => {
    for (const path of [
      '/metrics',
      '/livez',
      '/readyz',
      '/operator/vitals',
      '/operator',
      '/access-list',
      '/%6detrics',
      '/%6Detrics',
      '/metrics?x',
      '/metrics/',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    for (const path of [
      '/x/..%2fops',
      '/x/../ops',
      '/x/%2e%2e/ops',
      '//ops',
      '/x%5cops',
      '/x\\ops',
      '/%2fops',
      '/%2e%2e/metrics',
      '/x/.%2e/ops',
      '/s/%00',
      '/%zz',
      '/ops%0d%0aX: y',
      '/x;/../ops/..',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 400]);
    for (const path of ['/METRICS', '/Operator/vitals', '/metrics;x', '/metrics%20'])
      expect([path, [400, 404].includes((await get(path)).status)]).toEqual([path, true]);
  });

  test('a request in two minds about its length is refused and nothing is smuggled behind it', async () => {
    const smuggled = `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const cases = [
      ['Content-Length: 6', 'Transfer-Encoding: chunked', '', `0\r\n\r\n${smuggled}`],
      ['Content-Length: 6', 'Content-Length: 7', '', 'abcdef'],
      ['Transfer-Encoding: chunked, identity', '', '0\r\n\r\n'],
      ['Transfer-Encoding: xchunked', '', `5\r\nabcde\r\n0\r\n\r\n${smuggled}`],
      ['Transfer-Encoding : chunked', '', '0\r\n\r\n'],
      ['Content-Length: +6', '', 'abcdef'],
      ['Content-Length: 0x6', '', 'abcdef'],
    ];
    for (const lines of cases) {
      const { status, text } = await send('POST /v1/applications HTTP/1.1', `Host: ${host}`, ...lines);
      expect([lines[0], status]).toEqual([lines[0], 400]);
      expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    }
  });

  test('the address of the caller is the socket’s: a forged one buys no second share of the flood limit', async () => {
    const before = await call('GET', '/v1/drafts/AAAAAAAAAAAAAAAAAAAAAA');
    expect(before.status).toBe(404);
    const limits: number[] = [];
    for (let n = 0; n < 6; n++) {
      const { headers } = await call(
        'POST',
        '/v1/applications',
        {},
        {
          'idempotency-key': randomBytes(16).toString('hex'),
          ...{ 'x-forwarded-for': `203.0.113.${n}`, 'x-real-ip': `203.0.113.${n}`, forwarded: `for=203.0.113.${n}` },
        },
      );
      const left = /remaining=?"?;?\s*r?=?(\d+)|r=(\d+)/i.exec(
        headers.get('ratelimit') ?? headers.get('ratelimit-remaining') ?? '',
      );
      if (left) limits.push(Number(left[1] ?? left[2]));
    }
    expect(limits.length).toBe(6);
    expect(limits.at(-1)!).toBeLessThan(limits[0]!);
  });

  test('the public starts no trace of its own; who carries a credential may join one', async () => {
    const trace = randomBytes(16).toString('hex');
    const traceparent = `00-${trace}-${randomBytes(8).toString('hex')}-01`;
    const stranger = await call('GET', '/s/AAAAAAAAAAAAAAAAAAAAAA', undefined, { traceparent });
    expect(stranger.body.instance).toBeTruthy();
    expect(JSON.stringify(stranger.body)).not.toContain(trace);
    const partner = await apply(form({ givenName: '' }), { traceparent });
    expect(JSON.stringify(partner.body)).toContain(trace);
    const { body } = await apply(form(), { traceparent, authorization: `Bearer ${partnerKey}` });
    const [row] = await sql<{ traceparent: string }>(
      'select traceparent from intake.journal where key = $1 order by seq limit 1',
      [body.id],
    );
    expect(row!.traceparent).toContain(trace);
  });

  test('no method override, and no header of a proxy, changes what a request asks for', async () => {
    const operator = await staff('operator@demo.example');
    for (const header of ['x-http-method-override', 'x-method-override', 'x-http-method'])
      expect((await call('GET', '/v1/ops/overview', undefined, { ...operator, [header]: 'DELETE' })).status).toBe(200);
    for (const header of ['x-original-url', 'x-rewrite-url'])
      expect((await call('GET', '/s/AAAAAAAAAAAAAAAAAAAAAA', undefined, { [header]: '/metrics' })).status).toBe(404);
    expect((await get('/', ['Expect: 100-continue', 'Upgrade: h2c', 'Connection: Upgrade'])).status).toBeLessThan(500);
    expect(
      (await send('TRACE / HTTP/1.1', `Host: ${host}`, 'Connection: close', '', '')).status,
    ).toBeGreaterThanOrEqual(400);
    expect((await send(`CONNECT ${host} HTTP/1.1`, `Host: ${host}`, '', '')).text).not.toMatch(/ 200 /);
  });
});
