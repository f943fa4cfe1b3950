import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { serve, type Served } from '../../wire/src/index.js';
import { apiRoutes } from './api.js';
import { applicantRoutes } from './pages.js';
import { Results } from './results.js';
import { Sessions } from './sessions.js';

const ORIGIN = 'http://localhost:4300';
const ISSUER = `${ORIGIN}/dev/identity`;
let folder: string;
let sessions: Sessions;
let web: Served;

const start = async (): Promise<void> => {
  sessions = new Sessions(join(folder, 'identity'), { autoMs: 50, lifetimeMs: 60_000 });
  await sessions.load();
  const results = await Results.in(folder, ISSUER);
  web = await serve({
    port: 0,
    host: '127.0.0.1',
    routes: [...apiRoutes({ sessions, results, origin: ORIGIN, apiKey: 'k' }), ...applicantRoutes(sessions)],
    dialect: { error: () => ({ status: 500 }), tooMany: () => ({ status: 429 }), wrongShape: () => ({ status: 200 }) },
  });
};
const stop = async (): Promise<void> => {
  await web.close();
  await sessions.close();
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'identity-'));
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

const NADIA = { givenName: 'Nadia', familyName: 'Whitworth', dateOfBirth: '1979-02-14' };
const call = async (method: string, path: string, body?: object): Promise<{ status: number; body: any }> => {
  const response = await fetch(`${web.url}${path}`, {
    method,
    headers: { authorization: 'Bearer k' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: await response.json() };
};
const opened = async (over: object = {}) =>
  (await call('POST', '/sessions', { reference: 'check-1', applicant: NADIA, ...over })).body;
const settled = async (id: string): Promise<any> => {
  await new Promise((later) => setTimeout(later, 80));
  return (await call('GET', `/sessions/${id}`)).body;
};

test('a person confirms a document and the result is signed', async () => {
  const { sessionId, url } = await opened({ returnUrl: `${ORIGIN}/s/token` });
  expect(url).toBe(`${ORIGIN}/dev/identity/${sessionId}`);
  expect(await settled(sessionId)).toMatchObject({ status: 'pending', verified: null, result: null });
  const page = await fetch(`${web.url}/dev/identity/${sessionId}`);
  expect(await page.text()).toContain('value="Whitworth"');
  const posted = await fetch(`${web.url}/dev/identity/${sessionId}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ ...NADIA, familyName: 'Whitworth-Shah', act: 'confirm' }),
  });
  expect([posted.status, posted.headers.get('location')]).toEqual([303, `${ORIGIN}/s/token`]);
  const { body } = await call('GET', '/sessions?reference=check-1');
  const verified = { ...NADIA, familyName: 'Whitworth-Shah' };
  expect(body).toMatchObject({ sessionId, status: 'verified', verified, level: 'medium', reasonCode: null });
  const { payload } = await jwtVerify(body.result, createRemoteJWKSet(new URL(`${web.url}/jwks`)), {
    issuer: ISSUER,
    audience: 'muster',
    algorithms: ['ES256'],
  });
  expect(payload).toMatchObject({ sub: sessionId, reference: 'check-1', status: 'verified', verified });
});

test.each([
  ['refused', 'document-refused'],
  ['stranger', 'not-the-person'],
  ['cancelled', 'cancelled'],
])('%s fails with %s', async (act, reasonCode) => {
  const { sessionId } = await opened();
  await fetch(`${web.url}/dev/identity/${sessionId}`, { method: 'POST', body: new URLSearchParams({ act }) });
  expect(await settled(sessionId)).toMatchObject({ status: 'failed', verified: null, level: null, reasonCode });
});

test('synthetic people finish by themselves, by their names', async () => {
  const named = async (familyName: string) => {
    const { sessionId } = await opened({ reference: familyName, applicant: { ...NADIA, familyName } });
    return settled(sessionId);
  };
  expect(await named('Ashworth-Demo')).toMatchObject({ status: 'verified', verified: { familyName: 'Ashworth-Demo' } });
  expect(await named('Mismatch-Demo')).toMatchObject({ verified: { familyName: 'Otherwise-Demo' } });
  expect(await named('Failing-Demo')).toMatchObject({ status: 'failed' });
  expect(await named('Pending-Demo')).toMatchObject({ status: 'pending' });
});

test('one session for one reference, also after a restart', async () => {
  const first = await call('POST', '/sessions', { reference: 'r', applicant: NADIA });
  await stop();
  await start();
  const second = await call('POST', '/sessions', { reference: 'r', applicant: NADIA });
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body.sessionId).toBe(first.body.sessionId);
});

test('bad input is named, strangers stay outside, nobody is sent elsewhere', async () => {
  expect((await call('POST', '/sessions', { applicant: NADIA })).body.code).toBe('reference');
  const birthless = { ...NADIA, dateOfBirth: '1979-02-30' };
  expect((await call('POST', '/sessions', { reference: 'x', applicant: birthless })).body.code).toBe('applicant');
  const elsewhere = { reference: 'x', applicant: NADIA, returnUrl: 'https://evil.example/' };
  expect((await call('POST', '/sessions', elsewhere)).body.code).toBe('return-url');
  expect((await call('GET', '/sessions/none')).status).toBe(404);
  expect((await fetch(`${web.url}/sessions/none`)).status).toBe(401);
});
