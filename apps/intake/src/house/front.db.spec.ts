import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { form, newKey } from './house.fixture.js';
import { openFront, ORIGIN, type Front } from './door.fixture.js';

let front: Front;
beforeAll(async () => {
  front = await openFront();
}, 120_000);
afterAll(() => front?.stop(), 60_000);

const partner = (key = front.key): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  'idempotency-key': newKey(),
});
const apply = async (over: Record<string, unknown> = {}) => {
  const body = form(over);
  const answer = await front.ask('POST', '/v1/applications', body, partner());
  if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
  return { ...answer, sent: body, path: answer.body.statusUrl.replace(ORIGIN, '') as string };
};

describe('POST /v1/applications', () => {
  test('answers 202 with a reference, an owner, a promise in words, and a link that works at once', async () => {
    const { status, headers, body, path } = await apply({ language: 'cy' });
    expect(status).toBe(202);
    expect(body.reference).toMatch(/^MU-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$/);
    expect(body).toMatchObject({ state: 'submitted', owner: { name: 'Action Together, Oldham' } });
    expect(body.promise.says).toContain('Byddwch yn clywed gan Action Together, Oldham');
    expect(headers.get('location')).toBe(body.statusUrl);
    const shown = await front.ask('GET', path);
    expect(shown.status).toBe(200);
    expect(shown.body).toMatchObject({
      reference: body.reference,
      state: 'submitted',
      tasks: [],
      offers: [],
      pool: null,
    });
    expect(shown.headers.get('cache-control')).toBe('no-store');
  });
});

describe('pages', () => {
  test('everything renders without JavaScript', async () => {
    for (const path of ['/', '/greater-manchester-floods/help', '/greater-manchester-floods/apply/postcode']) {
      const { status, text } = await front.page(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain('<h1');
    }
    const { path } = await apply();
    for (const part of ['', '/receipt', '/withdraw', '/pause', '/complaint', '/erase']) {
      const { status, text } = await front.page(path + part);
      expect([part, status]).toEqual([part, 200]);
      expect(text).toContain('<h1');
    }
  });
});
