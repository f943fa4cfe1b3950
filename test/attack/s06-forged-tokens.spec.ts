import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, importJWK, SignJWT, type JWK } from 'jose';
import { call, eventually, origin, token } from '../e2e/people.js';
import { home, secret, sql, stack } from './stack.js';

jest.setTimeout(480_000);

/** One door of each app; all six must judge a token alike. */
const DOORS = ['/v1/activations', '/v1/checks', '/v1/messages', '/v1/offers', '/v1/ops/overview', '/v1/applications/x'];

let claims: ReturnType<typeof decodeJwt>;
let header: { alg: string; kid: string; typ: string };
let issuerKey: JWK;

beforeAll(async () => {
  const good = await token('operator@demo.example');
  claims = decodeJwt(good);
  header = decodeProtectedHeader(good) as typeof header;
  // The attacker here has even stolen the directory's signing key: what must hold are the pins.
  const { jwks } = JSON.parse(readFileSync(join(home, 'outside/sign-in/sign-in-keys.json'), 'utf8')) as {
    jwks: { keys: JWK[] };
  };
  issuerKey = jwks.keys.find(({ alg }) => alg === 'ES256')!;
});

const signed = async (over: object, head: object = {}, key: JWK | Uint8Array = issuerKey): Promise<string> =>
  new SignJWT({ ...claims, ...over })
    .setProtectedHeader({ ...header, ...head })
    .sign(key instanceof Uint8Array ? key : await importJWK(key, 'ES256'));
const raw = (head: object, payload: object): string =>
  [head, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
const at = async (path: string, bearer: string): Promise<number> =>
  (await call('GET', path, undefined, { authorization: `Bearer ${bearer}` })).status;
const everywhere = async (bearer: string): Promise<number[]> => Promise.all(DOORS.map((path) => at(path, bearer)));
const REFUSED = DOORS.map(() => 401);

/** Signs in as people do at the local sign-in page; the cookie is what a thief would copy. */
async function signedIn(email: string): Promise<{ cookie: string; csrf: string }> {
  const jar = new Map<string, string>();
  const cookies = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const go = async (to: string, fields?: Record<string, string>): Promise<string> => {
    const answer = await fetch(new URL(to, origin), {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: cookies() },
      ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      jar.set(name!, value!);
    }
    const next = answer.headers.get('location');
    return next === null ? answer.text() : go(next);
  };
  const choice = await go('/sign-in?returnTo=/ops');
  const [, action] = /<form method="post" action="([^"]+)"/.exec(choice)!;
  const [, sub] = new RegExp(`value="([^"]+)">[^<]*<span>${email}`).exec(choice)!;
  await go(action!, { sub: sub! });
  const [, csrf] = /name="csrf" value="([^"]+)"/.exec(await go('/sign-in/out'))!;
  return { cookie: cookies(), csrf: csrf! };
}

describe('S6 A token is forged, or outlives the membership', () => {
  test('the key that forges below would be believed if its claims were right', async () => {
    expect(await at('/v1/ops/overview', await signed({}))).toBe(200);
  });

  test('no signature, or the public key used as a secret, is refused by every app', async () => {
    const { d: _, ...open } = issuerKey;
    const pem = createPublicKey({ key: open as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    expect(await everywhere(`${raw({ ...header, alg: 'none' }, claims)}.`)).toEqual(REFUSED);
    expect(await everywhere(`${raw({ ...header, alg: 'nOnE' }, claims)}.x`)).toEqual(REFUSED);
    for (const secretText of [String(pem), JSON.stringify(open), String(open.x)])
      expect(await everywhere(await signed({}, { alg: 'HS256' }, Buffer.from(secretText)))).toEqual(REFUSED);
    const [head, , signature] = (await signed({})).split('.');
    const altered = Buffer.from(JSON.stringify({ ...claims, roles: ['approver'] })).toString('base64url');
    expect(await everywhere(`${head}.${altered}.${signature}`)).toEqual(REFUSED);
  });

  test('a key of the attacker, named, linked or enclosed in the token, is refused', async () => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = own.privateKey.export({ format: 'jwk' }) as JWK;
    const open = own.publicKey.export({ format: 'jwk' });
    for (const head of [{}, { kid: 'unknown' }, { jwk: open }, { jku: `${origin}/dev/mail`, kid: 'unknown' }])
      expect(await everywhere(await signed({}, head, jwk))).toEqual(REFUSED);
  });

  test.each([
    ['another audience', { aud: 'another' }, {}],
    ['an ID token', { aud: 'muster', nonce: 'x', at_hash: 'x' }, { typ: 'JWT' }],
    ['no type at all', {}, { typ: undefined }],
    ['a session type', {}, { typ: 'muster-session+jwt' }],
    ['another client', { client_id: 'another' }, {}],
    ['another directory', { iss: 'https://evil.example' }, {}],
    ['a directory that looks alike', { iss: `${'http://localhost'}.evil.example/dev/sign-in` }, {}],
    ['a life that is over', { exp: Math.floor(Date.now() / 1000) - 60 }, {}],
    ['no end', { exp: undefined }, {}],
    ['a life that has not begun', { nbf: Math.floor(Date.now() / 1000) + 600 }, {}],
    ['nobody', { sub: undefined }, {}],
  ])('well signed, but with %s: refused by every app', async (_, over, head) => {
    expect(await everywhere(await signed(over, head))).toEqual(REFUSED);
  });

  test('a directory cannot claim a role that the forum has not given, nor make a member of a stranger', async () => {
    const referrer = decodeJwt(await token('referrer@demo.example'));
    const promoted = { ...referrer, roles: ['operator', 'approver', 'duty-officer', 'vetting-officer'] };
    const statuses = await everywhere(await signed(promoted));
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    expect(await at('/v1/ops/overview', await signed(promoted))).toBe(403);
    const stranger = await everywhere(await signed({ sub: `stranger-${randomUUID()}`, roles: ['operator'] }));
    expect(stranger.filter((status) => ![401, 403].includes(status))).toEqual([]);
    expect(await at('/v1/ops/overview', await signed({ roles: [] }))).toBe(403);
  });

  // These two wait, so they wait beside one another: for an auditor and for an operator.
  test.concurrent('who is no longer a member is refused within a minute, by every app', async () => {
    const [person] = await sql<{ id: string; subject: string }>(
      `select id, subject from coordination.member where subject = $1`,
      [decodeJwt(await token('auditor@demo.example')).sub],
    );
    const auditor = await token('auditor@demo.example');
    expect(await at('/v1/ops/audit', auditor)).toBe(200);
    await sql('update coordination.member set ended_at = now() where id = $1', [person!.id]);
    const began = Date.now();
    try {
      await eventually(
        () => everywhere(auditor),
        (seen) => seen.every((status) => status === 401 || status === 403),
        60_000,
      );
    } finally {
      await sql('update coordination.member set ended_at = null where id = $1', [person!.id]);
    }
    expect(Date.now() - began).toBeLessThan(60_000);
    await eventually(
      () => at('/v1/ops/audit', auditor),
      (status) => status === 200,
      60_000,
    );
  });

  test.concurrent(
    'a session that was signed out is refused within a minute, by every app, though its cookie was kept',
    async () => {
      const { cookie, csrf } = await signedIn('operator@demo.example');
      const kept = (): Promise<number[]> =>
        Promise.all(DOORS.map(async (path) => (await call('GET', path, undefined, { cookie })).status));
      expect((await kept()).filter((status) => status === 401)).toEqual([]);
      const out = await call('POST', '/sign-in/out', new URLSearchParams({ csrf }).toString(), {
        ...{ cookie, origin, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(out.status).toBe(303);
      await eventually(kept, (seen) => seen.every((status) => status === 401), 60_000);
    },
  );

  test('coordination alone can sign sessions and operations alone can sign calls', () => {
    const holders = { 'session.jwk': ['coordination'], 'operations.jwk': ['operations'] };
    const apps = Object.keys(stack().apps);
    for (const [name, owners] of Object.entries(holders)) {
      const privately = apps.filter((app) =>
        readdirSync(join(home, 'secrets', app), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith(name))
          .some((file) => JSON.parse(secret(app, file)).d !== undefined),
      );
      expect([name, privately]).toEqual([name, owners]);
    }
  });

  test('a session that another app signs, or one of another port, signs nobody in', async () => {
    const { port } = new URL(origin);
    const key = JSON.parse(secret('operations', 'operations.jwk')) as JWK;
    const [member] = await sql<{ id: string; issuer: string; subject: string }>(
      `select id, issuer, subject from coordination.member where 'operator' = any (roles) limit 1`,
    );
    const session = (head: object) =>
      new SignJWT({ sid: randomUUID(), dir: [member!.issuer, member!.subject], roles: ['operator'], csrf: 'x' })
        .setProtectedHeader({ alg: 'ES256', typ: 'muster-session+jwt', ...head })
        .setIssuer(origin)
        .setAudience('muster')
        .setSubject(member!.id)
        .setIssuedAt()
        .setExpirationTime('1h');
    const forged = [
      await session({}).sign(await importJWK(key, 'ES256')),
      await session({ alg: 'HS256' }).sign(
        Buffer.from(readFileSync(join(home, 'secrets/operations/public/session.jwk'))),
      ),
      await session({}).sign(await importJWK(issuerKey, 'ES256')),
    ];
    for (const one of forged) {
      const answer = await call('GET', '/v1/ops/overview', undefined, { cookie: `muster-session-${port}=${one}` });
      expect(answer.status).toBe(401);
    }
    const real = await session({}).sign(await importJWK(JSON.parse(secret('coordination', 'session.jwk')), 'ES256'));
    const wrongPort = await call('GET', '/v1/ops/overview', undefined, { cookie: `muster-session-1=${real}` });
    expect(wrongPort.status).toBe(401);
    // The right key and name would open it: what failed above was the forgery.
    const good = await call('GET', '/v1/ops/overview', undefined, { cookie: `muster-session-${port}=${real}` });
    expect(good.status).toBe(200);
  });

  test('signing in is bound to the browser that began it: nonce, state, PKCE', async () => {
    const began = await call('GET', '/sign-in?returnTo=/ops', undefined, { accept: 'text/html' });
    const to = new URL(began.headers.get('location')!, origin);
    const asked = Object.fromEntries(to.searchParams);
    expect(asked).toMatchObject({ response_type: 'code', code_challenge_method: 'S256', client_id: 'muster' });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked[name]!.length).toBeGreaterThanOrEqual(22);
    const cookie = began.headers
      .getSetCookie()
      .map((it) => it.split(';')[0])
      .join('; ');
    for (const [jar, query] of [
      ['', `code=stolen&state=${asked['state']}`],
      [cookie, 'code=stolen&state=guessed'],
      [cookie, `code=stolen&state=${asked['state']}&iss=https://evil.example`],
      [cookie, `code=stolen&state=${asked['state']}&iss=${encodeURIComponent(stack().signIn.issuer)}`],
    ]) {
      const answer = await call('GET', `/sign-in/callback?${query}`, undefined, { accept: 'text/html', cookie: jar! });
      expect(answer.headers.getSetCookie().filter((it) => /^muster-session-\d+=[^;]/.test(it))).toEqual([]);
    }
    for (const returnTo of ['https://evil.example', '//evil.example', '/\\evil.example', '/%09/evil.example']) {
      const answer = await call('GET', `/sign-in?returnTo=${encodeURIComponent(returnTo)}`, undefined, {
        accept: 'text/html',
      });
      expect(answer.headers.get('location') ?? '').not.toMatch(/^(https?:)?\/\/evil/);
    }
  });
});
