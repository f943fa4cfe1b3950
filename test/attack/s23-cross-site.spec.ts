import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { desk, launch, oldPhone } from '../e2e/browser.js';
import { apply, call, form, origin } from '../e2e/people.js';
import { sql, stack } from './stack.js';

jest.setTimeout(180_000);

describe('S23 CSRF; `no-referrer` makes forms send `Origin: null`', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let cookie: string;
  let csrf: string;
  let evil: Server;
  let evilOrigin: string;
  const log = `/forum/activations/${stack().activation}/log`;

  /** Signs in by the local sign-in page, as people do. */
  const signIn = async (on: BrowserContext): Promise<Page> => {
    const opened = await on.newPage();
    await opened.goto(`${origin}/forum`);
    await opened.getByText('duty@demo.example').first().click();
    await opened.waitForURL((url) => url.pathname === '/forum');
    return opened;
  };
  const csrfOn = async (of: Page): Promise<string> => {
    await of.goto(`${origin}${log}`);
    return (await of.locator('input[name="csrf"]').first().getAttribute('value'))!;
  };
  const cookieOf = async (of: BrowserContext): Promise<string> =>
    (await of.cookies(origin)).map(({ name, value }) => `${name}=${value}`).join('; ');
  const entries = async (): Promise<number> =>
    (await sql('select count(*)::int as it from coordination.decision_log where headings is not null'))[0]!['it'];
  const words = { information: 'Zyxforged', options: 'none', decision: 'none' };

  beforeAll(async () => {
    browser = await launch();
    context = await desk(browser);
    page = await signIn(context);
    csrf = await csrfOn(page);
    cookie = await cookieOf(context);
    // Another site: to a browser, localhost and 127.0.0.1 have nothing in common.
    evil = createServer((request, response) => {
      const kind = new URL(request.url!, 'http://x').searchParams.get('as');
      const fields = Object.entries({ ...words, ...(kind === 'with-token' ? { csrf } : {}) })
        .map(([name, value]) => `<input name="${name}" value="${value}">`)
        .join('');
      response.writeHead(200, {
        'content-type': 'text/html',
        ...(kind === 'no-referrer' ? { 'referrer-policy': 'no-referrer' } : {}),
      });
      response.end(`<form method="post" action="${origin}${log}">${fields}<button>Go</button></form>`);
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    evilOrigin = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await browser.close();
    evil.close();
  });

  test.each(['plain', 'with-token', 'no-referrer'])(
    'a form on another site that posts here changes nothing (%s)',
    async (as) => {
      const before = await entries();
      const attacked = await context.newPage();
      await attacked.goto(`${evilOrigin}/?as=${as}`);
      const [answer] = await Promise.all([
        attacked.waitForResponse((response) => response.request().method() === 'POST'),
        attacked.locator('button').click(),
      ]);
      // The cookie stays at home (SameSite=Lax), so the desk asks who it is.
      expect([303, 401, 403]).toContain(answer.status());
      expect(await entries()).toBe(before);
      await attacked.close();
    },
  );

  const post = (headers: Record<string, string>, body: Record<string, string> = words) =>
    fetch(`${origin}${log}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', cookie, ...headers },
      body: new URLSearchParams(body),
    });

  test('with the cookie, as an older browser would send it, the cross-site post is 403 whatever it claims', async () => {
    const before = await entries();
    const good = { ...words, csrf };
    const tries: [string, Record<string, string>, Record<string, string>, string][] = [
      ['another origin', { origin: evilOrigin }, good, 'cross-site-request'],
      ['an opaque origin', { origin: 'null' }, good, 'cross-site-request'],
      ['our host on another port', { origin: origin.replace(/\d+$/, '1') }, good, 'cross-site-request'],
      ['our name as a prefix', { origin: `${origin}.evil.example` }, good, 'cross-site-request'],
      ['cross-site', { 'sec-fetch-site': 'cross-site' }, good, 'cross-site-request'],
      ['same-site', { 'sec-fetch-site': 'same-site' }, good, 'cross-site-request'],
      ['no token', { origin }, words, 'csrf-token-wrong'],
      ['an empty token', { origin }, { ...words, csrf: '' }, 'csrf-token-wrong'],
      ['a token cut short', { origin }, { ...words, csrf: csrf.slice(0, -1) }, 'csrf-token-wrong'],
      ['a token made up', { origin }, { ...words, csrf: 'A'.repeat(csrf.length) }, 'csrf-token-wrong'],
    ];
    for (const [what, headers, body, type] of tries) {
      const answer = await post(headers, body);
      expect([what, answer.status, ((await answer.json()) as any).type]).toEqual([what, 403, `/problems/${type}`]);
    }
    expect(await entries()).toBe(before);
  });

  test("another session's token is no token here", async () => {
    const other = await desk(browser);
    const token = await csrfOn(await signIn(other));
    await other.close();
    expect(token).not.toBe(csrf);
    const answer = await post({ origin }, { ...words, csrf: token });
    expect([answer.status, ((await answer.json()) as any).type]).toEqual([403, '/problems/csrf-token-wrong']);
  });

  test('JSON and other kinds of body, and every unsafe method, need the token too', async () => {
    for (const [method, path] of [
      ['POST', '/v1/needs'],
      ['POST', '/v1/organisations'],
      ['POST', '/v1/plans'],
      ['PATCH', '/v1/plans/0192f000-0000-7000-8000-000000000001'],
    ] as const) {
      const headers = { cookie, origin, 'idempotency-key': randomUUID(), 'if-match': '"1"' };
      expect([path, (await call(method, path, {}, headers)).body.type]).toEqual([path, '/problems/csrf-token-wrong']);
    }
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/xml'])
      expect([type, (await post({ origin, 'content-type': type })).status]).toEqual([type, 415]);
  });

  test('no page that anybody can open sends `no-referrer`, and the session’s cookie is for this site and no script', async () => {
    const { body } = await apply(form());
    for (const path of [
      '/',
      `/${stack().activation}/help`,
      `/${stack().activation}/apply/name`,
      body.statusUrl,
      '/forum',
      '/docs',
      '/nowhere-at-all/help',
    ]) {
      const answer = await fetch(new URL(path, origin), { headers: { accept: 'text/html', cookie } });
      expect([path, answer.headers.get('referrer-policy')]).toEqual([path, 'same-origin']);
      expect([path, answer.headers.get('access-control-allow-origin')]).toEqual([path, null]);
    }
    const [session] = (await context.cookies(origin)).filter(({ name }) => /session/.test(name));
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(session!.name).toContain(new URL(origin).port);
  });

  test('without JavaScript the same form works, and says where it comes from', async () => {
    const before = await entries();
    const phone = await oldPhone(browser);
    const opened = await signIn(phone);
    await opened.goto(`${origin}${log}`);
    for (const [name, value] of Object.entries(words)) {
      const field = opened.locator(`main [name="${name}"]`);
      if (await field.count()) await field.fill(value.replace('Zyxforged', 'Seen without scripts'));
    }
    const [sent] = await Promise.all([
      opened.waitForRequest((request) => request.method() === 'POST'),
      opened.locator('main form button').first().click(),
    ]);
    expect((await sent.allHeaders())['origin']).toBe(origin);
    await opened.waitForLoadState();
    expect(await opened.locator('.govuk-error-summary').count()).toBe(0);
    expect(await entries()).toBe(before + 1);
    await phone.close();
  });
});
