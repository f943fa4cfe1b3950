import { randomUUID } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { activation, apply, call, eventually, form, origin, partnerKey } from './people.js';

jest.setTimeout(60_000);

describe('an application by a partner', () => {
  test('is accepted with a reference, an owner, a promise and a link that works at once', async () => {
    const { status, headers, body } = await apply(form());
    expect(status).toBe(202);
    expect(headers.get('location')).toBeTruthy();
    expect(body).toMatchObject({ state: 'submitted', owner: { name: expect.stringContaining('Oldham') } });
    expect(body.reference).toMatch(/^MU-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]$/);
    expect(Date.parse(body.promise.dueAt)).toBeGreaterThan(Date.now());
    const seen = await call('GET', body.statusUrl);
    expect(seen.status).toBe(200);
    expect(seen.body).toMatchObject({
      reference: body.reference,
      language: 'en',
      timeline: expect.any(Array),
      tasks: expect.any(Array),
    });
    expect(seen.headers.get('cache-control')).toContain('no-store');
  });

  test('again with the same key is the same answer; with another body it is refused', async () => {
    const key = randomUUID();
    const person = form();
    const first = await apply(person, { 'idempotency-key': key });
    const second = await apply(person, { 'idempotency-key': key });
    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const other = await apply({ ...person, givenName: 'Another' }, { 'idempotency-key': key });
    expect(other.status).toBe(422);
    expect(other.body.type).toMatch(/\/problems\/idempotency-key-reused$/);
  });

  test('twenty at once with one key make one application', async () => {
    const key = randomUUID();
    const person = form();
    const answers = await Promise.all(Array.from({ length: 20 }, () => apply(person, { 'idempotency-key': key })));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1);
  });

  test('without a key is told so', async () => {
    const { status, body } = await call('POST', '/v1/applications', form(), { authorization: `Bearer ${partnerKey}` });
    expect(status).toBe(400);
    expect(body.type).toMatch(/\/problems\//);
  });

  test('each of ten boroughs owns its own postcodes', async () => {
    const postcodes = [
      'BL1 1AA',
      'BL9 0AA',
      'M1 1AA',
      'OL1 1AA',
      'OL16 1AA',
      'M6 5AA',
      'SK1 1AA',
      'OL6 6AA',
      'M33 2AA',
      'WN1 1AA',
    ];
    const owners = await Promise.all(
      postcodes.map(async (postcode) => (await apply(form({ postcode }))).body.owner?.name),
    );
    expect(new Set(owners).size).toBe(10);
  });

  test('far away, unknown and without a postcode end sensibly', async () => {
    const far = await apply(form({ postcode: 'TR18 4AA' }));
    expect([far.status, far.body.type]).toEqual([422, expect.stringMatching(/\/problems\/outside-area$/)]);
    const unknown = await apply(form({ postcode: 'ZZ99 9ZZ' }));
    expect([unknown.status, unknown.body.type]).toEqual([422, expect.stringMatching(/\/problems\/unknown-postcode$/)]);
    const none = await apply(form({ postcode: undefined, noPostcode: true }));
    expect([none.status, Boolean(none.body.owner?.name)]).toEqual([202, true]);
  });
});

describe('bad input', () => {
  const wrong: [string, Record<string, unknown>, string][] = [
    ['given name', { givenName: '' }, '/givenName'],
    ['family name with a line break', { familyName: 'Quince\r\nBcc: x' }, '/familyName'],
    ['e-mail', { email: 'not-an-address' }, '/email'],
    ['phone', { phone: '0900 123' }, '/phone'],
    ['postcode', { postcode: 'nowhere' }, '/postcode'],
    ['age band', { ageBand: '12' }, '/ageBand'],
    ['a guardian that is missing', { ageBand: '16-17' }, '/guardian'],
    ['language', { language: 'fr' }, '/language'],
    ['channel', { channel: 'pigeon' }, '/channel'],
    ['a phone for texts that is missing', { channel: 'sms', phone: undefined }, '/phone'],
    ['slots', { availability: { from: '2026-11-22', slots: ['midnight'], maxDistanceKm: 5 } }, '/availability/slots/0'],
    [
      'distance',
      { availability: { from: '2026-11-22', slots: ['weekday-morning'], maxDistanceKm: -1 } },
      '/availability/maxDistanceKm',
    ],
    ['role', { roles: ['no-such-role-here'] }, '/roles/0'],
    ['skill', { skills: ['necromancy'] }, '/skills/0'],
    ['privacy', { declarations: {} }, '/declarations/privacy'],
  ];
  test.each(wrong)('%s: 422 that points at it', async (_name, change, pointer) => {
    const { status, headers, body } = await apply(form(change));
    expect(status).toBe(422);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect((body.invalidParams as { pointer: string }[]).map((param) => param.pointer)).toContain(pointer);
  });

  test('all wrong fields are listed at once', async () => {
    const { body } = await apply(form({ givenName: '', email: 'x', language: 'fr', slots: 1 }));
    const pointers = (body.invalidParams as { pointer: string }[]).map((param) => param.pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/givenName', '/email', '/language']));
  });

  test.each([
    ['not JSON', '{"a":', 400],
    ['duplicate keys', '{"activation":"a","activation":"b"}', 400],
    ['deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`, 400],
    ['more than 64 kB', JSON.stringify({ support: 'x'.repeat(70_000) }), 413],
  ])('%s', async (_name, body, status) => {
    const answer = await apply(body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('broken UTF-8, another media type, another method', async () => {
    const headers = { authorization: `Bearer ${partnerKey}`, 'idempotency-key': randomUUID() };
    const bytes = await fetch(`${origin}/v1/applications`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(bytes.status).toBe(400);
    const xml = await fetch(`${origin}/v1/applications`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/xml' },
      body: '<a/>',
    });
    expect(xml.status).toBe(415);
    const put = await call('PUT', '/v1/applications', {}, headers);
    expect([put.status, put.headers.get('allow')]).toEqual([405, expect.stringContaining('POST')]);
  });

  test('an unknown activation and an unknown token', async () => {
    expect((await apply(form({ activation: 'no-such-place' }))).status).toBe(422);
    expect((await call('GET', '/s/AAAAAAAAAAAAAAAAAAAAAA')).status).toBe(404);
  });

  test('every problem type has a page', async () => {
    const { body } = await apply(form({ givenName: '' }));
    const page = await call('GET', new URL(body.type, origin).pathname);
    expect(page.status).toBe(200);
  });
});

describe('the person behind the link', () => {
  test('is cleared at once for a low-risk role, told so by mail, and placed or told the true numbers', async () => {
    const person = form({ roles: ['sandbags'] });
    const { body: receipt } = await apply(person);
    const status = await eventually(
      () => call('GET', receipt.statusUrl),
      ({ body }) => body.state === 'cleared',
    );
    expect(status.body.promise).not.toBeNull();
    const mails = await eventually(
      () => call('GET', `/dev/mail?to=${encodeURIComponent(String(person.email))}`),
      ({ body }) => body.items.length >= 2,
    );
    expect(mails.body.items.map((mail: { text: string }) => mail.text).join()).toContain(receipt.reference);
  });

  test('may withdraw, download, and be erased; afterwards the link is gone', async () => {
    const { body: receipt } = await apply(form());
    const path = new URL(receipt.statusUrl).pathname;
    const data = await call('GET', `${path}/data`);
    expect([data.status, JSON.stringify(data.body)]).toEqual([200, expect.stringContaining('Planted')]);
    expect((await call('DELETE', path)).status).toBeLessThan(300);
    expect((await call('GET', path)).status).toBe(410);
  });

  test('may withdraw, and then holds no promise', async () => {
    const { body: receipt } = await apply(form());
    const path = new URL(receipt.statusUrl).pathname;
    expect((await call('POST', `${path}/withdraw`, {}, { 'idempotency-key': randomUUID() })).status).toBeLessThan(300);
    expect((await call('GET', path)).body).toMatchObject({ state: 'withdrawn', promise: null });
  });

  test('may keep a draft under a token that nobody guesses', async () => {
    const minted = await call(
      'POST',
      '/v1/drafts',
      { activation, givenName: 'Planted' },
      { 'idempotency-key': randomUUID() },
    );
    expect(minted.status).toBe(201);
    expect((await call('GET', '/v1/drafts/AAAAAAAAAAAAAAAAAAAAAA')).status).toBe(404);
  });
});

test('what belongs to the second listener is not on the origin', async () => {
  for (const path of ['/metrics', '/livez', '/readyz']) expect((await call('GET', path)).status).toBe(404);
  expect((await call('GET', '/x/..%2fops')).status).toBeGreaterThanOrEqual(400);
});
