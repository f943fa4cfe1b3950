import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { importJWK, SignJWT, type JWK } from 'jose';
import { ServiceTokenMinter, STAFF_HEADER } from '@app/operator';
import { token } from '../e2e/people.js';
import { secret, sql, stack } from './stack.js';

jest.setTimeout(120_000);

const PATH = '/operator/levers/provider-circuit';
/** Pulls a lever back to where it stands: the circuit judges by itself. */
const BODY = { name: 'texts', state: 'auto', reason: 'an attack' };
let minter: ServiceTokenMinter;
let key: JWK;
let operator: string;
let duty: string;

beforeAll(async () => {
  // The thief has the service's own secret.
  key = JSON.parse(secret('operations', 'operations.jwk'));
  minter = await ServiceTokenMinter.with(key);
  [operator, duty] = await Promise.all([token('operator@demo.example'), token('duty@demo.example')]);
});

const bound = (change: Partial<{ method: string; path: string; body: unknown; staffToken: string }> = {}) => ({
  ...{ method: 'POST', path: PATH, body: BODY as unknown, staffToken: operator },
  ...change,
});
interface Call {
  readonly app?: string;
  readonly service?: string | null;
  readonly staffToken?: string | null;
  readonly body?: unknown;
  readonly path?: string;
}
const pull = async ({ app = 'notification', service, staffToken = operator, body = BODY, path = PATH }: Call) => {
  const answer = await fetch(new URL(path, stack().apps[app]![0]!.adminUrl), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(service ? { authorization: `Bearer ${service}` } : {}),
      ...(staffToken ? { [STAFF_HEADER]: staffToken } : {}),
    },
    body: JSON.stringify(body),
  });
  return answer.status;
};
const audited = async (outcome: string): Promise<number> => {
  const [row] = await sql<{ count: string }>(
    `select count(*) from notification.operator_audit where act = 'lever:provider-circuit' and outcome = $1`,
    [outcome],
  );
  return Number(row!.count);
};

describe('S12 A stolen service secret moves levers', () => {
  test('alone, without a signed-in operator, it moves nothing', async () => {
    expect(await pull({ service: await minter.mint('notification', bound()), staffToken: null })).toBe(401);
    for (const staffToken of ['nobody', 'a.b.c', `mk_${'x'.repeat(32)}`])
      expect(await pull({ service: await minter.mint('notification', bound({ staffToken })), staffToken })).toBe(401);
  });

  test('a signed-in operator alone, without operations, moves nothing either', async () => {
    expect(await pull({ service: null })).toBe(401);
    expect(await pull({ service: operator })).toBe(401);
    expect(await pull({ service: stack().partnerKey })).toBe(401);
  });

  test('a call works once: the same call again is refused', async () => {
    const before = await audited('done');
    const service = await minter.mint('notification', bound());
    const all = await Promise.all(Array.from({ length: 8 }, () => pull({ service })));
    expect(all.sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401]);
    expect(await pull({ service })).toBe(401);
    expect(await audited('done')).toBe(before + 1);
  });

  test('a call for one app, act, body or person is none for another', async () => {
    const before = await audited('done');
    const minted = (change: object = {}, app = 'notification') => minter.mint(app, bound(change));
    const tried = [
      await pull({ service: await minted({}, 'vetting') }),
      await pull({ service: await minted({}, 'operations') }),
      await pull({ service: await minted({}, '*') }),
      await pull({ service: await minted(), body: { ...BODY, state: 'open' } }),
      await pull({ service: await minted({ path: '/operator/levers/other' }) }),
      await pull({ service: await minted({ method: 'GET' }) }),
      await pull({ service: await minted({ staffToken: duty }) }),
      await pull({ service: await minted(), staffToken: duty }),
    ];
    expect(tried).toEqual(tried.map(() => 401));
    expect(await audited('done')).toBe(before);
  });

  test('duty@ may not, however well the call is signed; the app itself refuses and writes it down', async () => {
    const before = await audited('refused');
    const service = await minter.mint('notification', bound({ staffToken: duty }));
    expect(await pull({ service, staffToken: duty })).toBe(403);
    expect(await audited('refused')).toBe(before + 1);
  });

  test('another key, no signature, another issuer or a long life is refused', async () => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK;
    expect(await pull({ service: await (await ServiceTokenMinter.with(own)).mint('notification', bound()) })).toBe(401);
    const good = await minter.mint('notification', bound());
    const [, payload] = good.split('.');
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString());
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'muster-operator+jwt' })).toString('base64url');
    expect(await pull({ service: `${none}.${payload}.` })).toBe(401);
    const now = Math.floor(Date.now() / 1000);
    const forged = async (over: object, head: object = {}) =>
      new SignJWT({ ...claims, jti: randomUUID(), ...over })
        .setProtectedHeader({ alg: 'ES256', typ: 'muster-operator+jwt', ...head })
        .sign(await importJWK(key, 'ES256'));
    for (const [over, head] of [
      [{ exp: now + 3600 }, {}],
      [{ iat: now - 3600, exp: now + 30 }, {}],
      [{ exp: now - 5 }, {}],
      [{ exp: undefined }, {}],
      [{ jti: undefined }, {}],
      [{ jti: 'again' }, {}],
      [{ iss: 'intake' }, {}],
      [{}, { typ: 'at+jwt' }],
      [{}, { typ: undefined }],
    ])
      expect([over, head, await pull({ service: await forged(over!, head) })]).toEqual([over, head, 401]);
    // Nothing but what was changed made it fail.
    expect(await pull({ service: await forged({}) })).toBe(200);
  });

  test('every lever, letter and trace of every app asks for both', async () => {
    for (const [app, [instance]] of Object.entries(stack().apps))
      for (const path of ['/operator/overview', '/operator/letters', '/operator/audit', '/operator/journal']) {
        const bare = await fetch(new URL(path, instance!.adminUrl));
        const halves = await fetch(new URL(path, instance!.adminUrl), {
          headers: { authorization: `Bearer ${operator}`, [STAFF_HEADER]: operator },
        });
        expect([app, path, [401, 404].includes(bare.status), [401, 404].includes(halves.status)]).toEqual([
          app,
          path,
          true,
          true,
        ]);
      }
  });
});
