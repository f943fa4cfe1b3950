import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Access, Who, type Caller } from '@app/access';
import { DomainError } from '@app/database';
import { Idempotency, IdempotencyKey } from '@app/http';
import { tinyApp, type TinyApp } from '@app/testing';

const Thing = z.object({
  name: z.string().min(1).max(20),
  size: z.number().int().min(1).max(10),
  kind: z.enum(['big', 'small']),
  tags: z.array(z.string().max(5)).max(3).default([]),
  place: z.object({ outwardCode: z.string().regex(/^[A-Z]{2}[0-9]$/, 'outward-code-malformed') }),
});

let runs = 0;

@Controller('things')
@Access({ public: true })
class ThingsController {
  constructor(private readonly idempotency: Idempotency) {}

  @Get() all(): object {
    return { items: [], next: null };
  }

  @Get('broken') broken(): object {
    throw new Error('the password is hunter2');
  }

  @Get('domain') domain(): object {
    throw new DomainError('second-person-needed');
  }

  @Get('staff') @Access({ staff: ['operator'] }) staff(@Who() who: Caller): object {
    return who;
  }

  @Post('staff') @HttpCode(200) @Access({ staff: ['operator'] }) act(@Who() who: Caller): object {
    return who;
  }

  @Get(':id') one(@Param('id', { schema: z.uuid() }) id: string): object {
    return { id };
  }

  @Post() @HttpCode(202) make(@IdempotencyKey() key: string, @Body({ schema: Thing }) thing: z.infer<typeof Thing>) {
    return this.idempotency.once({ caller: 'public', route: 'POST /things', key, body: thing }, async () => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { status: 202, body: { number: runs } };
    });
  }
}

const good = { name: 'Ann', size: 3, kind: 'big', place: { outwardCode: 'OL1' } };

describe('a booted app', () => {
  let tiny: TinyApp;
  beforeAll(async () => {
    tiny = await tinyApp({ controllers: [ThingsController] });
  }, 30_000);
  afterAll(() => tiny.stop());

  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(tiny.running.url + path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
  };
  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    ask('/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID(), ...headers },
    });

  test('answers, and says that it is alive and ready on the other listener only', async () => {
    expect((await ask('/things')).body).toEqual({ items: [], next: null });
    expect((await fetch(`${tiny.running.adminUrl}/livez`)).status).toBe(200);
    expect(await (await fetch(`${tiny.running.adminUrl}/readyz`)).json()).toMatchObject({ status: 'ready' });
    expect(await (await fetch(`${tiny.running.adminUrl}/metrics`)).text()).toContain('process_cpu');
    expect((await ask('/metrics')).status).toBe(404);
  });

  test('lists every bad field by pointer, in the language asked for', async () => {
    const wrong = { name: '', size: 11, kind: 'huge', tags: ['a', 'toolong'], place: { outwardCode: '7' } };
    const { status, headers, body } = await send(JSON.stringify(wrong), { 'accept-language': 'cy' });
    expect(status).toBe(422);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.type).toBe('/problems/invalid-fields');
    expect(body.title).toBe('Mae angen eich sylw ar rai meysydd');
    expect(body.instance).toMatch(/^[0-9a-f]{32}$/);
    expect(body.invalidParams.map((param: { pointer: string; code: string }) => [param.pointer, param.code])).toEqual([
      ['/name', 'required'],
      ['/size', 'too-big'],
      ['/kind', 'not-one-of'],
      ['/tags/1', 'too-long'],
      ['/place/outwardCode', 'outward-code-malformed'],
    ]);
    expect(body.invalidParams[0].message).toBe('Nodwch hyn');
    const missing = (await send('{}')).body.invalidParams.map((param: { pointer: string }) => param.pointer);
    expect(missing).toEqual(['/name', '/size', '/kind', '/place']);
  });

  const deep = '['.repeat(21) + ']'.repeat(21);
  const asForm = { 'content-type': 'application/x-www-form-urlencoded' };
  test.each<[string, number, string, string | Uint8Array<ArrayBuffer>, Record<string, string>]>([
    ['half a JSON', 400, 'not-json', '{"name":', {}],
    ['an empty body', 400, 'not-json', '', {}],
    ['broken UTF-8', 400, 'not-utf8', new Uint8Array([0x22, 0xff, 0x22]), {}],
    ['a member twice', 400, 'duplicate-member', '{"name":"a","name":"b"}', {}],
    ['a member twice, written differently', 400, 'duplicate-member', '{"name":"a","n\\u0061me":"b"}', {}],
    ['deep nesting', 400, 'too-deep', deep, {}],
    ['__proto__', 400, 'forbidden-member', '{"__proto__":{"admin":true}}', {}],
    ['a NUL', 400, 'broken-text', '{"name":"a\\u0000"}', {}],
    ['half a character', 400, 'broken-text', '{"name":"\\ud800"}', {}],
    ['a list in the place of the object', 422, 'invalid-fields', '[]', {}],
    ['a body over 64 kB', 413, 'body-too-large', JSON.stringify({ name: 'x'.repeat(66_000) }), {}],
    ['XML', 415, 'media-type-unsupported', '<a/>', { 'content-type': 'application/xml' }],
    ['plain text', 415, 'media-type-unsupported', 'a', { 'content-type': 'text/plain' }],
    ['a form in broken UTF-8', 400, 'not-utf8', 'name=%ff', asForm],
    ['a form with a NUL', 400, 'broken-text', 'name=%00', asForm],
    ['a form with __proto__', 400, 'forbidden-member', '__proto__=1', asForm],
    ['no idempotency key', 400, 'idempotency-key-missing', JSON.stringify(good), { 'idempotency-key': '' }],
    [
      'a key that is too long',
      400,
      'idempotency-key-malformed',
      JSON.stringify(good),
      { 'idempotency-key': 'k'.repeat(256) },
    ],
    ['an Accept that nothing satisfies', 406, 'not-acceptable', JSON.stringify(good), { accept: 'image/png' }],
    ['a bearer token of nobody', 401, 'credential-invalid', JSON.stringify(good), { authorization: 'Bearer mk_x' }],
  ])('%s is %i %s', async (_, status, type, body, headers) => {
    const answer = await send(body, headers);
    expect([answer.status, answer.body.type]).toEqual([status, `/problems/${type}`]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.title).not.toBe(type);
  });

  test('goes on in the trace that came in, also after a body was read, and says so', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { headers, body } = await send('{}', { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    expect(body.instance).toBe(traceId);
    expect(headers.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
  });

  test('an unknown address is 404, a wrong method 405 with Allow, an id that is none 404', async () => {
    expect((await ask('/nowhere')).body.type).toBe('/problems/not-found');
    const deleted = await ask('/things', { method: 'DELETE' });
    expect([deleted.status, deleted.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await ask('/things/7')).status).toBe(404);
    expect((await ask('/things/%00')).status).toBe(404);
    expect((await ask('/things/%zz')).status).toBe(400);
    expect((await ask(`/things/${'a'.repeat(400)}`)).status).toBe(414);
  });

  test('a surprise is 500 and tells nothing of the inside; a domain code has the status of the catalogue', async () => {
    const broken = await ask('/things/broken');
    expect(broken.status).toBe(500);
    expect(JSON.stringify(broken.body)).not.toMatch(/hunter2|Error|at /);
    expect((await ask('/things/domain')).body).toMatchObject({ status: 403, type: '/problems/second-person-needed' });
  });

  test('the same key and body do it once and answer the same; another body is refused', async () => {
    const key = crypto.randomUUID();
    const before = runs;
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map(() => send(JSON.stringify(good), { 'idempotency-key': key })),
    );
    expect(runs - before).toBe(1);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBeLessThanOrEqual(2);
    const other = await send(JSON.stringify({ ...good, size: 4 }), { 'idempotency-key': key });
    expect([other.status, other.body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    const [row] = await tiny.sql('select count(*)::int as kept from coordination.idempotency where status = 202');
    expect(row.kept).toBeGreaterThan(0);
  });

  test('staff enter by session with the role, and act only with the token of the form from our own site', async () => {
    const operator = await tiny.signIn(['operator']);
    const cookie = { cookie: operator.cookie };
    expect((await ask('/things/staff', { headers: cookie })).body).toMatchObject({ is: 'staff', roles: ['operator'] });
    expect((await ask('/things/staff')).status).toBe(401);
    const duty = await tiny.signIn(['duty-officer']);
    expect((await ask('/things/staff', { headers: { cookie: duty.cookie } })).body.type).toBe('/problems/role-missing');
    const act = (headers: Record<string, string>, body = '') =>
      ask('/things/staff', { method: 'POST', body, headers: { ...asForm, ...headers } });
    expect((await act(cookie)).body.type).toBe('/problems/csrf-token-wrong');
    expect((await act(cookie, `csrf=${operator.csrf}`)).status).toBe(200);
    expect((await act({ ...cookie, origin: 'https://evil.example' }, `csrf=${operator.csrf}`)).status).toBe(403);
    expect((await act({ ...cookie, 'sec-fetch-site': 'cross-site' }, `csrf=${operator.csrf}`)).status).toBe(403);
  });

  test('pages are asked for with headers that allow nothing inline, and no address but ours is answered', async () => {
    const { headers } = await ask('/things');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(await statusWithHost(tiny.running.url, 'evil.example')).toBe(400);
    expect(await statusWithHost(tiny.running.url, 'localhost:4300')).toBe(200);
  });
});

const statusWithHost = (url: string, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    request(`${url}/things`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
