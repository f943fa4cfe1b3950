import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '@app/testing';
import { keysIn } from '../../../../outside/sign-in/src/keys.js';
import { People } from '../../../../outside/sign-in/src/people.js';
import { staffDirectory } from '../../../../outside/sign-in/src/provider.js';
import { serveDirectory } from '../../../../outside/sign-in/src/server.js';
import { aPlan, coordinationApp, GREATER, ORIGIN, type Coordination } from '../coordination.fixture.js';

jest.setTimeout(60_000);

let app: Coordination;
let directory: { close(): Promise<void> };
let issuer: string;
const folder = mkdtempSync(join(tmpdir(), 'muster-directory-'));

/** `duty` claims a role in the directory that no forum has given them. */
const person = (sub: string, roles: string[]) => ({
  sub,
  email: `${sub}@demo.example`,
  name: sub,
  roles,
  organisation: GREATER.desk,
});

beforeAll(async () => {
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}/dev/sign-in`;
  const people = new People([
    person('duty', ['duty-officer', 'approver']),
    person('both', ['duty-officer']),
    person('newcomer', ['operator']),
  ]);
  const keys = await keysIn(folder);
  const provider = staffDirectory({ issuer, origin: ORIGIN, people, keys, clientSecret: 'only-for-tests' });
  directory = await serveDirectory({ port, host: '127.0.0.1', issuer, provider, people });
  app = await coordinationApp({ OIDC_ISSUER: issuer });
}, 120_000);
afterAll(async () => {
  await app.stop();
  await directory.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A browser that keeps cookies by origin and follows nothing by itself. */
class Browser {
  private readonly cookies = new Map<string, Map<string, string>>();

  async go(
    address: string,
    form?: Record<string, string>,
  ): Promise<{ status: number; location: string; text: string }> {
    const url = new URL(address.replace(ORIGIN, app.running.url));
    const jar = this.cookies.get(url.origin) ?? new Map<string, string>();
    this.cookies.set(url.origin, jar);
    const response = await fetch(url, {
      redirect: 'manual',
      method: form ? 'POST' : 'GET',
      headers: { accept: 'text/html', cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === '' || /Max-Age=0/i.test(line)) jar.delete(name!);
      else jar.set(name!, value!);
    }
    const location = response.headers.get('location');
    return {
      status: response.status,
      location: location ? new URL(location, url).href : '',
      text: await response.text(),
    };
  }

  /** Up to the address with which the directory sends the person back. */
  async choose(sub: string, returnTo?: string): Promise<string> {
    const begun = await this.go(`${ORIGIN}/sign-in${returnTo ? `?returnTo=${encodeURIComponent(returnTo)}` : ''}`);
    expect(begun.status).toBe(303);
    const asked = new URL(begun.location).searchParams;
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('nonce')!.length).toBeGreaterThan(20);
    const page = await this.go(begun.location);
    let next = await this.go(page.location, { sub });
    while (!next.location.includes('/sign-in/callback')) next = await this.go(next.location);
    return next.location;
  }

  sessionCookie(): string | undefined {
    return this.cookies.get(app.running.url)?.get('muster-session-4300');
  }
}

describe('sign-in', () => {
  test('leads to the page that was wanted, with a session of an hour that only the server reads', async () => {
    const browser = new Browser();
    const back = await browser.go(await browser.choose('duty', '/forum/plans'));
    expect([back.status, new URL(back.location).pathname]).toEqual([303, '/forum/plans']);
    const [, payload] = browser.sessionCookie()!.split('.');
    const session = JSON.parse(Buffer.from(payload!, 'base64url').toString());
    expect(session.exp - session.iat).toBe(3600);
    expect(session).toMatchObject({ aud: 'muster', iss: ORIGIN, dir: [issuer, 'duty'] });
    expect(JSON.stringify(session)).not.toContain('@');
    expect((await browser.go(`${ORIGIN}/forum/plans`)).status).toBe(200);
  });

  test('gives no role that the directory claims and the forum has not given (S6)', async () => {
    const browser = new Browser();
    await browser.go(await browser.choose('duty'));
    // `duty` claims approver; were it a role of theirs, the plan of somebody else would be theirs to approve.
    const { body } = await app.ask('both', 'POST', '/v1/plans', aPlan());
    await app.ask('both', 'POST', `/v1/plans/${body.id}/submit`);
    expect((await browser.go(`${ORIGIN}/forum/plans/${body.id}`)).text).not.toContain('name="version"');
  });

  test('ends everywhere when the person signs out', async () => {
    const browser = new Browser();
    await browser.go(await browser.choose('duty'));
    const stolen = browser.sessionCookie()!;
    const page = await browser.go(`${ORIGIN}/sign-in/out`);
    const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text)!;
    expect((await browser.go(`${ORIGIN}/sign-in/out`, { csrf: csrf! })).status).toBe(303);
    expect(browser.sessionCookie()).toBeUndefined();
    const refused = async (): Promise<boolean> => {
      const headers = { cookie: `muster-session-4300=${stolen}`, accept: 'application/json' };
      return (await fetch(`${app.running.url}/v1/plans`, { headers })).status === 401;
    };
    await eventually('the ended session is refused', refused, 20_000);
  });

  test('refuses an answer with a foreign state, and takes each attempt once', async () => {
    const browser = new Browser();
    const answer = new URL(await browser.choose('duty'));
    const forged = new URL(answer);
    forged.searchParams.set('state', 'somebody-elses');
    expect((await browser.go(forged.href)).status).toBe(400);
    expect(browser.sessionCookie()).toBeUndefined();
    const again = await browser.go(answer.href);
    expect([again.status, browser.sessionCookie()]).toEqual([400, undefined]);
  });

  test('refuses an answer that came to another browser', async () => {
    const answer = await new Browser().choose('duty');
    const other = new Browser();
    expect((await other.go(answer)).status).toBe(400);
    await other.go(`${ORIGIN}/sign-in`);
    expect((await other.go(answer)).status).toBe(400);
    expect(other.sessionCookie()).toBeUndefined();
  });

  test('opens no door for somebody whom the directory knows and no forum does', async () => {
    const browser = new Browser();
    const back = await browser.go(await browser.choose('newcomer'));
    expect([back.status, browser.sessionCookie()]).toEqual([403, undefined]);
    expect(back.text).toContain('You are not a member yet');
  });

  test('by access token serves programs, with the same roles', async () => {
    const token = async (email: string): Promise<string> => {
      const response = await fetch(`${new URL(issuer).origin}/dev-token`, {
        method: 'POST',
        body: JSON.stringify({ email }),
      });
      return ((await response.json()) as { access_token: string }).access_token;
    };
    const get = async (path: string, email: string): Promise<number> =>
      (
        await fetch(`${app.running.url}${path}`, {
          headers: { authorization: `Bearer ${await token(email)}`, accept: 'application/json' },
        })
      ).status;
    expect(await get('/v1/plans', 'duty@demo.example')).toBe(200);
    expect(await get('/v1/plans', 'newcomer@demo.example')).toBe(403);
  });

  test('says so when the directory is away', async () => {
    const lonely = await coordinationApp({ OIDC_ISSUER: 'http://127.0.0.1:9/dev/sign-in' });
    try {
      const response = await fetch(`${lonely.running.url}/sign-in`, {
        headers: { accept: 'text/html' },
        redirect: 'manual',
      });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).not.toBeNull();
    } finally {
      await lonely.stop();
    }
  });
});

describe('the access list', () => {
  test('is given to no one on the public listener', async () => {
    expect((await fetch(`${app.running.url}/operator/access`)).status).toBe(404);
  });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
