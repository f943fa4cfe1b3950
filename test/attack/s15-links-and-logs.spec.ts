import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { desk, launch } from '../e2e/browser.js';
import { apply, call, eventually, form, origin, partnerKey, token } from '../e2e/people.js';
import { files } from './said.js';
import { home, linkIn, mails, sql, stack, staff } from './stack.js';

jest.setTimeout(180_000);

describe('S15 Link scanners confirm or withdraw; caches and logs keep tokens', () => {
  let browser: Browser;
  let id: string;
  let receipt: string;
  let mailed: string;
  // Free much later than any need asks: no offer comes while the scanner looks.
  const from = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
  const person = form({ roles: ['sandbags'], availability: { ...(form().availability as object), from } });

  beforeAll(async () => {
    browser = await launch();
    const { body } = await apply(person);
    id = body.id;
    receipt = new URL(body.statusUrl).pathname;
    await eventually(
      () => call('GET', receipt),
      (seen) => seen.body.state === 'cleared' && seen.body.pool !== null,
    );
    const inbox = await eventually(
      () => mails(String(person.email)),
      (seen) => seen.some(({ text }) => text.includes('/s/')),
    );
    // The place in the reserve is the last that is told for now.
    await eventually(
      () => sql(`select from notification.message where application_id = $1 and kind = 'M9' and state = 'sent'`, [id]),
      (sent) => sent.length === 1,
    );
    mailed = linkIn(inbox.find(({ text }) => text.includes('/s/'))!.text);
  });
  afterAll(() => browser.close());

  /** Everything that says that somebody did something. */
  const standing = async (): Promise<object> => {
    const [row] = await sql(
      `select version, state, pool, contact_state, failed_answers, message_count, reminders,
              (select count(*) from intake.timeline where application_id = a.id) as timeline,
              (select count(*) from intake.journal where key = a.id::text) as journal,
              (select count(*) from intake.task_answer where application_id = a.id) as answers,
              (select jsonb_agg(jsonb_build_array(kind, full_until, revoked_at) order by kind) from intake.person_link
                where application_id = a.id) as links,
              (select count(*) from intake.step_up where application_id = a.id) as codes
         from intake.application a where id = $1`,
      [id],
    );
    return row!;
  };

  test('the mail carries a link of its own, which asks a question before it shows anything', async () => {
    expect(mailed).not.toBe(receipt);
    const { status, body } = await call('GET', mailed);
    expect([status, body.type]).toEqual([403, '/problems/contact-unconfirmed']);
    for (const said of [person.familyName, person.email, person.givenName])
      expect(JSON.stringify(body)).not.toContain(said);
  });

  test('a scanner that runs scripts and follows every link of both pages changes nothing', async () => {
    const before = await standing();
    const context = await desk(browser);
    const seen = new Set<string>();
    const left = [mailed, receipt];
    const methods = new Set<string>();
    for (let path = left.shift(); path !== undefined && seen.size < 40; path = left.shift()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const page = await context.newPage();
      page.on('request', (request) => methods.add(request.method()));
      // An event stream never ends loading.
      await page.goto(`${origin}${path}`, { waitUntil: 'domcontentloaded' }).catch(() => undefined);
      await page.waitForTimeout(300);
      const hrefs = await page.locator('a[href]').evaluateAll((all) => all.map((one) => (one as any).href as string));
      for (const href of hrefs) if (href.startsWith(`${origin}/s/`)) left.push(new URL(href).pathname);
      await page.close();
    }
    await context.close();
    expect(seen.size).toBeGreaterThan(5);
    expect([...methods]).toEqual(['GET']);
    expect(await standing()).toEqual(before);
  });

  test('HEAD, GET and a prefetch of every address behind the links change nothing, and each comes to an end', async () => {
    const before = await standing();
    const ends = ['', '/receipt', '/withdraw', '/pause', '/complaint', '/code', '/code/confirm', '/data', '/erase'];
    const more = ['/tasks/declaration', '/tasks/identity/continue', '/guardian', '/confirm', '/not-me', '/resume'];
    for (const link of [mailed, receipt])
      for (const path of [...ends, ...more])
        for (const method of ['HEAD', 'GET', 'OPTIONS']) {
          const answer = await fetch(`${origin}${link}${path}`, {
            method,
            redirect: 'manual',
            headers: { accept: 'text/html', 'sec-purpose': 'prefetch', 'user-agent': 'LinkScanner/1.0' },
            signal: AbortSignal.timeout(20_000),
          });
          await answer.arrayBuffer();
          expect([method, path, answer.status < 500]).toEqual([method, path, true]);
          if (method === 'GET') expect(answer.headers.get('cache-control')).toContain('no-store');
        }
    const head = await fetch(`${origin}${receipt}/events`, { method: 'HEAD', signal: AbortSignal.timeout(20_000) });
    expect(head.status).toBeLessThan(500);
    expect(await standing()).toEqual(before);
  });

  test('a GET that pretends to be another method is a GET', async () => {
    const before = await standing();
    for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method'])
      await call('GET', `${receipt}?_method=DELETE`, undefined, { [name]: 'DELETE' });
    await call('GET', `${receipt}/withdraw?_method=POST`);
    expect(await standing()).toEqual(before);
  });

  test('what is about one person is never to be kept by a cache', async () => {
    const minted = await call('POST', '/v1/drafts', {}, { 'idempotency-key': `draft-of-a-scanner-${id}` });
    const kept: string[] = [];
    const look = async (path: string, headers: Record<string, string>): Promise<void> => {
      const answer = await fetch(`${origin}${path}`, { redirect: 'manual', headers });
      await answer.arrayBuffer();
      if (!/no-store/.test(answer.headers.get('cache-control') ?? '')) kept.push(`${path}: ${answer.status}`);
    };
    const html = { accept: 'text/html' };
    await look(`/v1/drafts/${minted.body.token}`, {});
    for (const step of ['name', 'contact', 'check']) await look(`/${stack().activation}/apply/${step}`, html);
    for (const path of [receipt, `${receipt}/receipt`, `${receipt}/data`, mailed]) await look(path, html);
    const duty = await staff('duty@demo.example');
    for (const path of ['/forum', '/forum/plans', '/forum/needs', '/v1/needs', '/v1/activations'])
      await look(path, { ...duty, ...html });
    const vetting = await staff('vetting@demo.example');
    for (const path of ['/vetting', '/v1/checks']) await look(path, { ...vetting, ...html });
    const operator = await staff('operator@demo.example');
    for (const path of ['/ops', '/ops/dead-letters', '/v1/ops/overview', '/v1/messages', '/ops/queues'])
      await look(path, { ...operator, ...html });
    expect(kept).toEqual([]);
  });

  test('a refusal names the trace and never the address it was about', async () => {
    const secret = receipt.split('/').pop()!;
    for (const path of ['/offers/none', '/tasks/none', '/guardian', '/nowhere']) {
      const { headers, body } = await call('GET', `${receipt}${path}`);
      const trace = headers.get('traceparent')!.split('-')[1]!;
      expect(body.instance).toContain(trace);
      expect(JSON.stringify(body)).not.toContain(secret);
    }
  });

  test('no token, key or credential stands in a log or anywhere on the disk', async () => {
    const bearer = await token('auditor@demo.example');
    await call('GET', `/v1/applications/${id}`, undefined, { authorization: `Bearer ${bearer}` });
    await call('GET', `/sign-in/callback?code=planted-code-of-a-scanner&state=planted-state-of-a-scanner`);
    const secrets = [receipt, mailed].map((path) => path.split('/').pop()!);
    secrets.push(bearer, bearer.split('.')[2]!, 'planted-code-of-a-scanner', 'planted-state-of-a-scanner');
    expect((await files('logs')).holding([...secrets, partnerKey])).toEqual([]);
    // Both tokens are sealed: the servers' own files do not hold them either.
    expect((await files('postgres', 'kafka', 'redis')).holding(secrets)).toEqual([]);
  });

  test('a log line of a request names the route, not the address', async () => {
    await call('GET', `${receipt}/offers/0192f000-0000-7000-8000-000000000001`);
    const lines = readFileSync(join(home, 'logs/intake.log'), 'utf8').split('\n');
    expect(lines.filter((line) => /"(url|path|instance)":"[^"]*\/s\//.test(line))).toEqual([]);
    expect(lines.filter((line) => /"route":"\/s\/(?!:token)/.test(line))).toEqual([]);
  });
});
