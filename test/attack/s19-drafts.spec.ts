import { randomBytes } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { call, origin } from '../e2e/people.js';
import { partnerKey } from './neighbour.js';
import { files, tables } from './said.js';
import { crowd, sql, stack } from './stack.js';

jest.setTimeout(180_000);

describe('S19 Guessable drafts', () => {
  const mint = (body: unknown, key = randomBytes(18).toString('base64url'), headers: Record<string, string> = {}) =>
    call('POST', '/v1/drafts', body, { 'idempotency-key': key, ...headers });

  test('a draft is found by 128 random bits and by nothing near them', async () => {
    const { status, body } = await mint({ givenName: 'Zyxdraft' });
    expect(status).toBe(201);
    expect(body.token).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const guesses = Array.from({ length: crowd(500, 60) }, () => randomBytes(16).toString('base64url'));
    for (let at = 0; at < 22; at++) {
      const other = body.token[at] === 'x' ? 'y' : 'x';
      guesses.push(body.token.slice(0, at) + other + body.token.slice(at + 1));
    }
    // The last character has four bits to spare: whatever it is spelt like, only the one that was given is the token.
    guesses.push(body.token.toLowerCase(), `${body.token}=`, `${body.token}A`, 'null', '1', '*');
    const wrong = guesses.filter((one) => one !== body.token);
    while (wrong.length > 0) {
      const some = wrong.splice(0, 20);
      const seen = await Promise.all(some.map((guess) => call('GET', `/v1/drafts/${guess}`)));
      expect(seen.map(({ status: met, body: told }) => `${met} ${told.type}`)).toEqual(
        some.map(() => '404 /problems/not-found'),
      );
    }
    expect((await call('GET', `/v1/drafts/${body.token}`)).body.form).toEqual({ givenName: 'Zyxdraft' });
  });

  test('a guess cannot be written over either', async () => {
    const guess = randomBytes(16).toString('base64url');
    expect((await call('PUT', `/v1/drafts/${guess}`, { givenName: 'Mine' })).status).toBe(404);
    expect((await call('GET', `/v1/drafts/${guess}`)).status).toBe(404);
  });

  test('the same key of two callers makes two drafts, and neither sees what the other typed', async () => {
    const key = randomBytes(18).toString('base64url');
    const first = { authorization: `Bearer ${stack().partnerKey}` };
    const second = { authorization: `Bearer ${await partnerKey({ scopes: ['applications:write'] })}` };
    const [one, other, anybody] = [
      await mint({ givenName: 'Ann' }, key, first),
      await mint({ givenName: 'Bob' }, key, second),
      await mint({ givenName: 'Cyd' }, key),
    ];
    expect([one.body.form, other.body.form, anybody.body.form]).toEqual([
      { givenName: 'Ann' },
      { givenName: 'Bob' },
      { givenName: 'Cyd' },
    ]);
    expect(new Set([one.body.token, other.body.token, anybody.body.token]).size).toBe(3);
    expect((await mint({ givenName: 'Ann' }, key, first)).body.token).toBe(one.body.token);
  });

  test('the same key with another form is refused, and tells nothing of the first', async () => {
    const key = randomBytes(18).toString('base64url');
    await mint({ givenName: 'Zyxfirst' }, key);
    const { status, body } = await mint({ givenName: 'Another' }, key);
    expect([status, body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    expect(JSON.stringify(body)).not.toContain('Zyxfirst');
  });

  test('what was typed stands nowhere in the clear, and the token nowhere at all', async () => {
    const typed = {
      givenName: 'Zyxquill',
      familyName: 'Zyxinkwell',
      email: 'zyxquill@example.org',
      support: 'Zyxblotter',
    };
    const { body } = await mint(typed);
    await call('PUT', `/v1/drafts/${body.token}`, { ...typed, support: 'Zyxblotter, twice' });
    const form = new URLSearchParams({ givenName: 'Zyxquill', familyName: 'Zyxinkwell' });
    const page = await fetch(`${origin}/${stack().activation}/apply/name`, {
      method: 'POST',
      redirect: 'manual',
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', origin },
      body: form,
    });
    const cookie = page.headers.get('set-cookie') ?? '';
    expect([page.status, cookie]).toEqual([303, expect.stringMatching(/HttpOnly/i)]);
    expect(cookie).toMatch(/SameSite=(Lax|Strict)/i);
    const cookieToken = /=([A-Za-z0-9_-]{22});/.exec(cookie)![1]!;
    const needles = ['Zyxquill', 'zyxquill', 'Zyxinkwell', 'Zyxblotter', body.token, cookieToken];
    expect((await tables()).holding(needles)).toEqual([]);
    expect((await files('postgres', 'redis', 'kafka', 'logs')).holding(needles)).toEqual([]);
    const [row] = await sql('select * from intake.draft order by expires_at desc limit 1');
    expect(Object.keys(row!).sort()).toEqual(['expires_at', 'first_hash', 'sealed', 'token_hash', 'version']);
  });
});
