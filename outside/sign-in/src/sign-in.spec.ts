import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import type { Served } from '../../wire/src/index.js';
import { join } from 'node:path';
import { keysIn } from './keys.js';
import { People } from './people.js';
import { staffDirectory } from './provider.js';
import { serveDirectory } from './server.js';

const DUTY = {
  sub: '0190c0de-0000-7000-8000-000000000101',
  email: 'duty@demo.example',
  name: 'Duty officer',
  roles: ['duty-officer'],
  organisation: '0190c0de-0000-7000-8000-000000000001',
};
const AUDITOR = {
  ...DUTY,
  sub: '0190c0de-0000-7000-8000-000000000102',
  email: 'auditor@demo.example',
  roles: ['auditor'],
};

let folder: string;
let front: Server;
let web: Served;
let origin: string;

/** Stands before the directory as the real front does. */
const listen = async (): Promise<void> => {
  front = createServer((request, response) => {
    const onward = httpRequest(
      {
        port: web.port,
        path: request.url,
        method: request.method,
        headers: { ...request.headers, host: '127.0.0.1', 'x-forwarded-host': new URL(origin).host },
      },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  await new Promise<void>((ready) => front.listen(0, '127.0.0.1', ready));
  origin = `http://localhost:${(front.address() as AddressInfo).port}`;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sign-in-'));
  await listen();
  const issuer = `${origin}/dev/sign-in`;
  const people = new People([DUTY, AUDITOR]);
  const provider = staffDirectory({ issuer, origin, people, keys: await keysIn(folder), clientSecret: 'the-secret' });
  web = await serveDirectory({ port: 0, host: '127.0.0.1', issuer, provider, people });
});
afterEach(async () => {
  front.closeAllConnections();
  await new Promise((closed) => front.close(closed));
  await web.close();
  rmSync(folder, { recursive: true });
});

class Browser {
  private readonly cookies = new Map<string, string>();
  async go(url: string, body?: URLSearchParams): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; '), accept: 'text/html' },
      ...(body ? { method: 'POST', body } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      this.cookies.set(name!, value!);
    }
    return response;
  }
  async follow(url: string, until: (to: string) => boolean, body?: URLSearchParams): Promise<string> {
    let response = await this.go(url, body);
    for (let step = 0; step < 6; step += 1) {
      const to = response.headers.get('location');
      if (!to) throw new Error(`stopped at ${response.status}: ${await response.text()}`);
      const next = new URL(to, url).href;
      if (until(next)) return next;
      response = await this.go(next);
    }
    throw new Error('too many redirects');
  }
}

const configuration = () =>
  oidc.discovery(new URL(`${origin}/dev/sign-in`), 'muster', 'the-secret', undefined, {
    execute: [oidc.allowInsecureRequests],
  });

const signIn = async (browser: Browser, sub: string) => {
  const config = await configuration();
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const start = oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${origin}/sign-in/callback`,
    scope: 'openid roles',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const choice = await browser.follow(start.href, (to) => to.includes('/interaction/'));
  const page = await browser.go(choice);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('auditor@demo.example');
  const back = await browser.follow(choice, (to) => to.includes('/sign-in/callback'), new URLSearchParams({ sub }));
  return oidc.authorizationCodeGrant(config, new URL(back), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  });
};

const opened = (token: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(`${origin}/dev/sign-in/jwks`)), {
    issuer: `${origin}/dev/sign-in`,
    audience: 'muster',
    algorithms: ['ES256'],
    typ: 'at+jwt',
  });

test('one click signs in; the access token says who and what, not the address', async () => {
  const browser = new Browser();
  const tokens = await signIn(browser, DUTY.sub);
  expect(tokens.claims()).toMatchObject({ sub: DUTY.sub, roles: ['duty-officer'], amr: ['hwk', 'mfa'] });
  const { payload } = await opened(tokens.access_token);
  expect(payload).toMatchObject({
    sub: DUTY.sub,
    client_id: 'muster',
    roles: ['duty-officer'],
    organisation: DUTY.organisation,
    amr: ['hwk', 'mfa'],
  });
  expect(JSON.stringify(payload)).not.toContain('demo.example');
  // The same browser may come back as somebody else.
  expect((await signIn(browser, AUDITOR.sub)).claims()).toMatchObject({ sub: AUDITOR.sub, roles: ['auditor'] });
});

test('without PKCE, with another way back or another secret nobody gets in', async () => {
  const config = await configuration();
  const browser = new Browser();
  const bare = oidc.buildAuthorizationUrl(config, { redirect_uri: `${origin}/sign-in/callback`, scope: 'openid' });
  const back = await browser.follow(bare.href, (to) => to.includes('/sign-in/callback'));
  expect(new URL(back).searchParams.get('error')).toBe('invalid_request');
  const elsewhere = oidc.buildAuthorizationUrl(config, { redirect_uri: 'https://evil.example/', scope: 'openid' });
  expect((await browser.go(elsewhere.href)).status).toBe(400);
  const token = await fetch(`${origin}/dev/sign-in/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('muster:wrong').toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x' }),
  });
  expect(token.status).toBe(401);
});

test('somebody who is not on the list cannot be chosen', async () => {
  const browser = new Browser();
  const start = oidc.buildAuthorizationUrl(await configuration(), {
    redirect_uri: `${origin}/sign-in/callback`,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
  });
  const choice = await browser.follow(start.href, (to) => to.includes('/interaction/'));
  const again = await browser.go(choice, new URLSearchParams({ sub: 'somebody' }));
  expect(again.status).toBe(200);
  expect(await again.text()).toContain('Who are you today?');
  expect((await new Browser().go(choice)).status).toBe(400);
});

test('the token door gives the same kind of token, on our own port only', async () => {
  const ask = (base: string, email: string) =>
    fetch(`${base}/dev-token`, { method: 'POST', body: JSON.stringify({ email }) });
  const response = await ask(web.url, 'Duty@demo.example');
  const { access_token } = (await response.json()) as { access_token: string };
  const { payload } = await opened(access_token);
  expect(payload).toMatchObject({ sub: DUTY.sub, client_id: 'muster', roles: ['duty-officer'] });
  expect((await ask(web.url, 'nobody@demo.example')).status).toBe(404);
  expect((await ask(origin, 'duty@demo.example')).status).toBe(404);
});

test('keys outlive a restart', async () => {
  expect(await keysIn(folder)).toEqual(await keysIn(folder));
});
