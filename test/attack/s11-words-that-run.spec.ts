import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { activation, apply, call, eventually, form, origin } from '../e2e/people.js';
import { mails, stack, staff } from './stack.js';

jest.setTimeout(240_000);

/** Runs in a template as 1024, and as markup in a page; neither may ever be seen. */
const ATTACK = `{{32*32}}<img src=x onerror=alert(1)>{% raw %}\${32*32}</textarea><script>alert(1)</script>`;
const WITH_QUOTES = `" onfocus="alert(1)" autofocus x="{{32*32}}`;
const html = { accept: 'text/html' };

/** Words of a stranger that a page shows: as they were typed, escaped, and nothing more. */
const isLiteral = (page: string): void => {
  expect(page).toContain('{{32*32}}');
  expect(page).not.toMatch(/1024|<img src=x|<script>alert/i);
};
/** What a page could run, whoever wrote it; what stands between quotes is a value. */
const runnable = (page: string): string[] =>
  page
    .replaceAll(/="[^"<>]*"/g, (value) => (/="\s*javascript:/i.test(value) ? '="javascript:"' : '=""'))
    .match(
      /<script(?![^>]*\ssrc=)[^>]*>|<style|<[a-z][^<>]*\s(style|on[a-z]+)\s*=|javascript:|<(iframe|object|embed)/gi,
    ) ?? [];

const post = (path: string, fields: Record<string, string>, headers: object = {}) =>
  call('POST', path, new URLSearchParams(fields).toString(), {
    ...html,
    'content-type': 'application/x-www-form-urlencoded',
    ...headers,
  });

let duty: { authorization: string };
beforeAll(async () => {
  duty = await staff('duty@demo.example');
});

describe('S11 What a person types is run', () => {
  test('a name takes none of it, in a form or in JSON, and the form shows it again as it was typed', async () => {
    for (const field of ['givenName', 'familyName'])
      for (const words of [ATTACK, '{{32*32}}', '<b>Ann</b>', '${7}', 'Ann{%x%}']) {
        const { status, body } = await apply(form({ [field]: words }));
        expect([words, status]).toEqual([words, 422]);
        expect(JSON.stringify(body)).not.toMatch(/1024|<img/);
      }
    for (const words of [ATTACK, WITH_QUOTES]) {
      const answer = await post(`/${activation}/apply/name`, { givenName: words, familyName: words });
      expect(answer.status).toBe(422);
      isLiteral(answer.body);
      expect(runnable(answer.body)).toEqual([]);
    }
  });

  test('what officers write of a need and in the log is shown to officers literally', async () => {
    const key = (): { 'idempotency-key': string } => ({ 'idempotency-key': randomUUID() });
    const [startsAt, endsAt] = [5, 6].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    const need = await call(
      'POST',
      '/v1/needs',
      {
        ...{ activation, role: 'sandbags', places: 1, postcode: 'OL1 1AA', startsAt, endsAt },
        ...{ title: ATTACK.slice(0, 120), notes: ATTACK + WITH_QUOTES },
      },
      { ...duty, ...key() },
    );
    expect(need.status).toBe(201);
    const entry = await call(
      'POST',
      `/v1/activations/${activation}/log`,
      { decision: ATTACK, risks: WITH_QUOTES },
      { ...duty, ...key() },
    );
    expect(entry.status).toBe(201);
    for (const path of [`/forum/needs/${need.body.id}`, '/forum/needs', `/forum/activations/${activation}/log`]) {
      const page = await call('GET', path, undefined, { ...duty, ...html });
      expect([path, page.status]).toEqual([path, 200]);
      isLiteral(page.body);
      expect([path, runnable(page.body)]).toEqual([path, []]);
    }
    expect((await call('POST', `/v1/needs/${need.body.id}/cancel`, { reason: 'raised-by-mistake' }, duty)).status).toBe(
      200,
    );
    const open = await call('GET', `/${activation}/help`, undefined, html);
    expect(open.body).not.toMatch(/32\*32|1024|<img src=x/);
  });

  test("a volunteer's own words come back as data, and are nowhere on a page as markup", async () => {
    const { body } = await apply(form({ support: ATTACK, alreadyVolunteersWith: WITH_QUOTES }));
    const self = new URL(body.statusUrl as string).pathname;
    expect((await call('POST', `${self}/complaint`, { says: ATTACK })).status).toBe(202);
    const held = await call('GET', `${self}/data`);
    expect(held.headers.get('content-type')).toContain('application/json');
    expect(held.headers.get('x-content-type-options')).toBe('nosniff');
    expect(JSON.stringify(held.body)).toContain('{{32*32}}');
    for (const part of ['', '/complaint', '/receipt', '/pause', '/withdraw', '/erase']) {
      const page = await call('GET', self + part, undefined, html);
      expect([part, page.status, runnable(page.body)]).toEqual([part, 200, []]);
      expect(page.body).not.toMatch(/1024|<img src=x/);
    }
  });

  test('words in an address, a query or a header are not run either', async () => {
    const words = encodeURIComponent('{{32*32}}<img src=x onerror=alert(1)>');
    for (const path of [
      `/${words}/help`,
      `/x-${words}`,
      `/?lang=${words}`,
      `/${activation}/help?lang=${words}`,
      `/problems/${words}`,
      `/sign-in?returnTo=${words}`,
      `/docs?x=${words}`,
      `/s/${words}`,
    ]) {
      const page = await call('GET', path, undefined, { ...html, 'accept-language': '{{32*32}}' });
      expect([path, page.status < 500]).toEqual([path, true]);
      const text = typeof page.body === 'string' ? page.body : JSON.stringify(page.body);
      expect(text).not.toMatch(/1024[^\d]*<img|<img src=x|>1024</);
    }
  });

  test('each page of each app forbids what is not from the origin, and has nothing inline', async () => {
    const people = { operator: await staff('operator@demo.example'), vetting: await staff('vetting@demo.example') };
    const pages: [string, object][] = [
      ['/', {}],
      [`/${activation}/help`, {}],
      [`/${activation}/apply/postcode`, {}],
      ['/nothing-here', {}],
      ['/docs', {}],
      ['/problems', {}],
      ['/forum', duty],
      ['/forum/plans', duty],
      ['/forum/needs/new', duty],
      [`/forum/activations/${activation}`, duty],
      ['/vetting', people.vetting],
      ['/ops', people.operator],
      ['/ops/dead-letters', people.operator],
      ['/ops/runbooks', people.operator],
      ['/dev/mail', {}],
    ];
    for (const [path, by] of pages) {
      const { headers, body, status } = await call('GET', path, undefined, { ...html, ...by });
      expect([path, status < 500]).toEqual([path, true]);
      const policy = headers.get('content-security-policy') ?? '';
      expect([path, policy]).toEqual([path, expect.stringMatching(/default-src '(none|self)'/)]);
      const forbidden = path.startsWith('/dev') ? /unsafe|\*|https?:/ : /unsafe|\*|https?:|data:/;
      expect([path, policy]).toEqual([path, expect.not.stringMatching(forbidden)]);
      expect([path, policy]).toEqual([path, expect.stringMatching(/frame-ancestors 'none'/)]);
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
      expect([path, runnable(body)]).toEqual([path, []]);
    }
  });

  test('a caught mail is shown as text, whatever it holds', async () => {
    const to = `words.${randomUUID()}@example.org`;
    const { smtp } = stack().mail as unknown as { smtp: string };
    const [host, port] = smtp.split(':');
    const transport = createTransport({ host: host!, port: Number(port), ignoreTLS: true });
    await transport.sendMail({
      from: 'thief@example.org',
      to,
      subject: ATTACK,
      html: `<p>${ATTACK}</p>`,
      text: ATTACK,
    });
    transport.close();
    await eventually(
      () => mails(to),
      (seen) => seen.length > 0,
    );
    for (const path of [`/dev/mail?to=${to}`, '/dev/mail']) {
      const page = await call('GET', path, undefined, html);
      expect(page.status).toBe(200);
      expect(page.body).not.toMatch(/1024|<img src=x|<script>alert/);
      expect(runnable(page.body)).toEqual([]);
    }
    expect(origin).toBeTruthy();
  });
});
