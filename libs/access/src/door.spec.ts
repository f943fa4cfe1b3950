import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { importJWK, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import type { AccessRule } from './access.js';
import { AccessList, type AccessListData } from './access-list.js';
import { BearerReader } from './bearer.js';
import type { StaffRole } from './caller.js';
import { Door } from './door.js';
import { SessionMinter, SessionReader, sessionCookieName } from './session.js';

const ORIGIN = 'http://localhost:4300';
const ISSUER = 'http://localhost:4300/dev/sign-in';
const pair = (): { secret: JWK; open: JWK } => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { secret: privateKey.export({ format: 'jwk' }) as JWK, open: publicKey.export({ format: 'jwk' }) as JWK };
};
const session = pair();
const directory = pair();
const stranger = pair();
const hash = (key: string): string => createHash('sha256').update(key).digest('hex');
const id = (n: number): string => `01990000-0000-7000-8000-00000000000${n}`;

const people = (): AccessListData => ({
  members: [
    {
      issuer: ISSUER,
      subject: 'ann',
      memberId: id(1),
      forumId: id(8),
      organisationId: id(9),
      roles: ['operator', 'auditor'],
    },
    {
      issuer: 'https://other.example',
      subject: 'ann',
      memberId: id(2),
      forumId: id(8),
      organisationId: id(9),
      roles: ['approver'],
    },
  ],
  endedSessions: [],
  partnerKeys: [
    {
      keyHash: hash('mk_good'),
      keyId: 'k1',
      forumId: id(8),
      organisationId: id(9),
      activationIds: [],
      scopes: ['applications:write'],
      perMinute: 600,
    },
  ],
});

describe('the door', () => {
  const list = new AccessList();
  let door: Door;
  let minter: SessionMinter;
  beforeAll(async () => {
    list.take(people(), new Date());
    minter = await SessionMinter.with(session.secret, ORIGIN);
    door = await open(list);
  });

  const open = async (of: AccessList): Promise<Door> => {
    const key = await importJWK(directory.open, 'ES256');
    const bearers = new BearerReader({
      issuer: ISSUER,
      clients: ['muster'],
      keys: () => Promise.resolve(key as never),
    });
    return new Door(ORIGIN, of, await SessionReader.with(session.open, ORIGIN), bearers);
  };

  const enter = async (
    rule: AccessRule,
    headers: Record<string, string> = {},
    o: { method?: string; body?: object; params?: object; by?: Door } = {},
  ): Promise<string> => {
    try {
      const { caller } = await (o.by ?? door).enter(rule, {
        method: o.method ?? 'GET',
        ip: '192.0.2.1',
        headers,
        ...o,
      });
      return caller.is === 'staff' ? `staff ${caller.roles.join(',')}` : caller.is;
    } catch (error) {
      return `${(error as { status: number }).status} ${(error as { type: string }).type}`;
    }
  };
  const cookie = async (roles: readonly StaffRole[], facts: object = {}, ttl = 60) => {
    const minted = await minter.mint(
      { issuer: ISSUER, subject: 'ann', memberId: id(1), sessionId: 's1', roles, ...facts },
      ttl,
    );
    return { header: { cookie: `a=b; ${sessionCookieName(ORIGIN)}=${minted.token}` }, ...minted };
  };
  const token = async (
    claims: object = {},
    header: object = {},
    key: JWK = directory.secret,
  ): Promise<{ authorization: string }> => {
    const facts = {
      iss: ISSUER,
      aud: 'muster',
      sub: 'ann',
      client_id: 'muster',
      roles: ['operator', 'approver'],
      exp: Date.now() / 1000 + 60,
      ...claims,
    };
    const signed = await new SignJWT(facts as never)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
      .sign(await importJWK(key, 'ES256'));
    return { authorization: `Bearer ${signed}` };
  };
  const STAFF: AccessRule = { staff: ['operator'] };

  test('staff have the roles that directory and membership both give', async () => {
    expect(await enter({ staff: ['operator', 'approver'] }, (await cookie(['operator', 'approver'])).header)).toBe(
      'staff operator',
    );
    expect(await enter({ staff: ['approver'] }, (await cookie(['approver'])).header)).toBe('403 role-missing');
    expect(await enter(STAFF, await token())).toBe('staff operator');
    expect(await enter(STAFF, await token({ roles: ['auditor', 'admin', 7] }))).toBe('403 role-missing');
    expect(await enter(STAFF)).toBe('401 unauthorised');
  });

  test('a token is good only from our issuer, for us, for a known client, signed with its key, in time', async () => {
    const bad = [
      await token({ iss: 'https://other.example' }),
      await token({ aud: 'another' }),
      await token({ client_id: 'another' }),
      await token({ exp: Date.now() / 1000 - 60 }),
      await token({ sub: undefined }),
      await token({}, { typ: 'JWT' }),
      await token({}, {}, stranger.secret),
      {
        authorization: `Bearer ${new UnsecuredJWT({ iss: ISSUER, aud: 'muster', sub: 'ann', client_id: 'muster', roles: ['operator'] }).setExpirationTime('1m').encode()}`,
      },
      {
        authorization: `Bearer ${await new SignJWT({
          iss: ISSUER,
          aud: 'muster',
          sub: 'ann',
          client_id: 'muster',
          roles: ['operator'],
        })
          .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
          .setExpirationTime('1m')
          .sign(Buffer.from(JSON.stringify(directory.open)))}`,
      },
      { authorization: 'Bearer x' },
      { authorization: 'Basic eDp5' },
    ];
    for (const headers of bad) expect(await enter(STAFF, headers)).toBe('401 credential-invalid');
    expect(await enter({ public: true }, bad[0]!)).toBe('401 credential-invalid');
  });

  test('many who come before the issuer was ever asked wait for one answer, and none is turned away', async () => {
    let asked = 0;
    const issuer = createServer((request, response) => {
      if (request.url?.includes('openid-configuration')) asked += 1;
      const at = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
      const body = request.url?.includes('jwks') ? { keys: [directory.open] } : { issuer: at, jwks_uri: `${at}/jwks` };
      setTimeout(() => response.end(JSON.stringify(body)), 20);
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    try {
      const at = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
      const reader = new BearerReader({ issuer: at, clients: ['muster'] });
      const tokens = await Promise.all(
        [1, 2, 3].map(async (n) => (await token({ iss: at, jti: String(n) }))['authorization'].slice(7)),
      );
      const claims = await Promise.all(tokens.map((one) => reader.read(one)));
      expect(claims.map((one) => one?.subject)).toEqual(['ann', 'ann', 'ann']);
      expect(asked).toBe(1);
    } finally {
      issuer.close();
    }
  });

  test('a session that is forged, over, ended, of another origin or without a membership is nobody', async () => {
    const forger = await SessionMinter.with(stranger.secret, ORIGIN);
    const elsewhere = await SessionMinter.with(session.secret, 'http://localhost:4301');
    const facts = {
      issuer: ISSUER,
      subject: 'ann',
      memberId: id(1),
      sessionId: 's1',
      roles: ['operator'] as StaffRole[],
    };
    const as = (value: string) => ({ cookie: `${sessionCookieName(ORIGIN)}=${value}` });
    expect(await enter(STAFF, as((await forger.mint(facts, 60)).token))).toBe('401 unauthorised');
    expect(await enter(STAFF, as((await elsewhere.mint(facts, 60)).token))).toBe('401 unauthorised');
    expect(await enter(STAFF, as((await minter.mint(facts, -10)).token))).toBe('401 unauthorised');
    expect(await enter(STAFF, as((await token())['authorization'].slice(7)))).toBe('401 unauthorised');
    expect(await enter(STAFF, (await cookie(['operator'], { subject: 'bob' })).header)).toBe('401 session-ended');
    expect(await enter(STAFF, (await cookie(['operator'], { memberId: id(2) })).header)).toBe('401 session-ended');

    const live = await cookie(['operator']);
    expect(await enter(STAFF, live.header)).toBe('staff operator');
    list.take({ ...people(), endedSessions: [{ sessionId: 's1', until: '2030-01-01T00:00:00Z' }] }, new Date());
    expect(await enter(STAFF, live.header)).toBe('401 session-ended');
    expect(await enter({ public: true }, live.header)).toBe('public');
    list.take({ ...people(), members: [] }, new Date());
    expect(await enter(STAFF, live.header)).toBe('401 session-ended');
    expect(await enter(STAFF, await token())).toBe('403 role-missing');
    list.take(people(), new Date());
  });

  test('a form needs the token of its own session and must come from our own site', async () => {
    const mine = await cookie(['operator']);
    const other = await cookie(['operator'], { sessionId: 's2' });
    const post = (headers: object, csrf?: string) =>
      enter(STAFF, { ...mine.header, ...headers }, { method: 'POST', body: csrf === undefined ? {} : { csrf } });
    expect(await post({}, mine.csrf)).toBe('staff operator');
    expect(await post({ origin: ORIGIN, 'sec-fetch-site': 'same-origin' }, mine.csrf)).toBe('staff operator');
    expect(await post({ 'x-csrf-token': mine.csrf })).toBe('staff operator');
    expect(await post({}, other.csrf)).toBe('403 csrf-token-wrong');
    expect(await post({})).toBe('403 csrf-token-wrong');
    expect(await post({ origin: 'null' }, mine.csrf)).toBe('403 cross-site-request');
    expect(await post({ 'sec-fetch-site': 'same-site' }, mine.csrf)).toBe('403 cross-site-request');
    expect(await enter(STAFF, await token(), { method: 'POST' })).toBe('staff operator');
  });

  test('a partner enters with the scope that the route asks for', async () => {
    const key = { authorization: 'Bearer mk_good' };
    expect(await enter({ partner: 'applications:write' }, key)).toBe('partner');
    expect(await enter({ partner: 'applications:link' }, key)).toBe('403 scope-missing');
    expect(await enter({ public: true }, key)).toBe('403 scope-missing');
    expect(await enter({ partner: 'applications:write' }, { authorization: 'Bearer mk_bad' })).toBe(
      '401 credential-invalid',
    );
  });

  test('a person is whoever holds a token in the link; what cannot be one is not there', async () => {
    expect(await enter({ person: true }, {}, { params: { token: 'A'.repeat(22) } })).toBe('person');
    expect(await enter({ person: true }, {}, { params: { token: '../../etc' } })).toBe('404 not-found');
  });

  test('before the list was ever heard the public enters and nobody else', async () => {
    const deaf = await open(new AccessList());
    expect(await enter({ public: true }, {}, { by: deaf })).toBe('public');
    expect(await enter(STAFF, await token(), { by: deaf })).toBe('503 unavailable');
    expect(await enter({ partner: 'applications:write' }, { authorization: 'Bearer mk_good' }, { by: deaf })).toBe(
      '503 unavailable',
    );
  });

  test('an access list is taken only with the signature of our own coordination', async () => {
    const reader = await SessionReader.with(session.open, ORIGIN);
    const forger = await SessionMinter.with(stranger.secret, ORIGIN);
    expect(await reader.readList(await minter.signList(people()))).toEqual(people());
    await expect(reader.readList(await forger.signList(people()))).rejects.toThrow();
    await expect(reader.readList((await cookie(['operator'])).token)).rejects.toThrow();
  });

  test('the cookie bears the port over http, and the strict prefix over https', async () => {
    expect([sessionCookieName(ORIGIN), sessionCookieName('https://muster.example')]).toEqual([
      'muster-session-4300',
      '__Host-muster-session',
    ]);
    const strict = await SessionMinter.with(session.secret, 'https://muster.example');
    expect(strict.clear()).toBe('__Host-muster-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0');
  });
});
