import { randomUUID } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { apply, call, eventually, form } from '../e2e/people.js';
import { neighbour, partnerKey } from './neighbour.js';
import { sql, stack, statuses } from './stack.js';

jest.setTimeout(180_000);

describe('S25 A partner acts as the applicant with `statusUrl`', () => {
  const with_ = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

  test('a key without the scope gets no link, nor anything that leads to one, at first or again', async () => {
    const own = with_(await partnerKey({ scopes: ['applications:write'] }));
    const headers = { ...own, 'idempotency-key': randomUUID() };
    const person = form();
    for (const replayed of [null, 'true']) {
      const answer = await apply(person, headers);
      expect([answer.status, answer.headers.get('idempotency-replayed')]).toEqual([202, replayed]);
      expect(answer.body).not.toHaveProperty('statusUrl');
      expect(answer.headers.get('location')).toBe(`/v1/applications/${answer.body.id}`);
      expect(JSON.stringify([answer.body, [...answer.headers]])).not.toMatch(/\/s\//);
      // Where it stands is not the partner's to see.
      const where = await call('GET', `/v1/applications/${answer.body.id}`, undefined, own);
      expect([where.status, where.body.type]).toEqual([403, '/problems/scope-missing']);
    }
  });

  test('the demo key has the scope, and its link works', async () => {
    const { body } = await apply(form());
    expect((await call('GET', body.statusUrl)).status).toBe(200);
  });

  test('the key of another partner does not get what a first one sent with the same Idempotency-Key', async () => {
    const key = randomUUID();
    const person = form();
    const first = await apply(person, { 'idempotency-key': key });
    const other = with_(await partnerKey({ scopes: ['applications:write', 'applications:link'] }));
    const second = await apply(person, { ...other, 'idempotency-key': key });
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([202, null]);
    expect(second.body.id).not.toBe(first.body.id);
    expect(second.body.statusUrl).not.toBe(first.body.statusUrl);
  });

  test('a key that may only read, or nothing, enters nobody', async () => {
    for (const scopes of [['applications:link'], ['nothing:here']]) {
      const { status, body } = await apply(form(), with_(await partnerKey({ scopes })));
      expect([scopes, status, body.type]).toEqual([scopes, 403, '/problems/scope-missing']);
    }
  });

  test('a key of another forum is told that there is no such activation', async () => {
    const next = await neighbour();
    const key = await partnerKey({ scopes: ['applications:write', 'applications:link'], ...next });
    const known = await apply(form(), with_(key));
    const unknown = await apply(form({ activation: 'nowhere-at-all' }), with_(key));
    expect([known.status, known.body.invalidParams]).toEqual([422, unknown.body.invalidParams]);
  });

  test('a key that is bound to one activation enters into no other', async () => {
    const [row] = await sql<{ id: string }>(
      "select id from coordination.activation where slug = 'exercise-river-irwell'",
    );
    const key = await partnerKey({ scopes: ['applications:write'], activationIds: [row!.id] });
    const own = await apply(form({ activation: 'exercise-river-irwell' }), with_(key));
    expect(own.status).toBe(202);
    const other = await apply(form(), with_(key));
    expect([other.status, other.body.invalidParams]).toEqual([
      422,
      [expect.objectContaining({ pointer: '/activation', code: 'unknown-activation' })],
    ]);
  });

  test('a key is no staff token: it opens nothing of the forum, of operators or of a person', async () => {
    const headers = with_(stack().partnerKey);
    for (const path of ['/v1/plans', '/v1/needs', '/v1/checks', '/v1/ops/overview', '/forum', '/ops'])
      expect([path, (await call('GET', path, undefined, headers)).status]).toEqual([path, 403]);
    const { body } = await apply(form());
    const person = new URL(body.statusUrl).pathname;
    expect((await call('GET', person, undefined, headers)).status).toBe(403);
  });

  test('its quota is its own', async () => {
    const key = await partnerKey({ scopes: ['applications:write'], perMinute: 12 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => apply({}, with_(key))));
    const counts = statuses(answers);
    expect(Object.keys(counts).sort()).toEqual(['422', '429']);
    // A minute's share may be spent within ten seconds; one went into waiting until the key was known.
    expect(counts[422]).toBeLessThanOrEqual(4);
    for (const { status, headers } of answers)
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await apply(form())).status).toBe(202);
  });

  test('a key that was taken back is refused within thirty seconds', async () => {
    const key = await partnerKey({ scopes: ['applications:write'] });
    expect((await apply(form(), with_(key))).status).toBe(202);
    await sql('update coordination.partner_key set revoked_at = now() where key_hash = sha256($1::bytea)', [
      Buffer.from(key),
    ]);
    await eventually(
      () => apply(form(), with_(key)),
      ({ status }) => status === 401,
      30_000,
    );
  });

  test('keys are kept as hashes only', async () => {
    const rows = await sql<{ it: string }>('select to_jsonb(k)::text as it from coordination.partner_key k');
    for (const { it } of rows) expect(it).not.toContain('mk_');
  });
});
