import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTransport, type Transporter } from 'nodemailer';
import { serve, type Served } from '../../wire/src/index.js';
import { Inbox } from './inbox.js';
import { inboxRoutes } from './pages.js';
import { catchMail, type Catcher } from './smtp.js';

const ORIGIN = 'http://localhost:4300';
let folder: string;
let inbox: Inbox;
let web: Served;
let smtp: Catcher;
let mail: Transporter;

const start = async (): Promise<void> => {
  inbox = new Inbox(folder);
  await inbox.load();
  web = await serve({
    port: 0,
    host: '127.0.0.1',
    routes: inboxRoutes(inbox, ORIGIN),
    dialect: { error: () => ({ status: 500 }), tooMany: () => ({ status: 429 }), wrongShape: () => ({ status: 200 }) },
  });
  smtp = await catchMail({ port: 0, host: '127.0.0.1', inbox, faults: web.faults, counter: web.counter });
  mail = createTransport({ host: '127.0.0.1', port: smtp.port, secure: false, ignoreTLS: true });
};
const stop = async (): Promise<void> => {
  mail.close();
  await smtp.close();
  await web.close();
  await inbox.close();
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mail-'));
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

const send = (over: object = {}) =>
  mail.sendMail({ from: 'muster@example.org', to: 'a@example.org', subject: 'Hello', text: 'Text', ...over });
const get = async (path: string, accept = 'application/json'): Promise<Response> =>
  fetch(`${web.url}${path}`, { headers: { accept } });
const json = async (path: string): Promise<any> => (await get(path)).json();

test('what arrives by SMTP is in the inbox of its address', async () => {
  await send({
    to: 'Siân <Sian@example.org>',
    subject: 'Diolch: rydym wedi eich clywed – cyfeirnod',
    text: 'Annwyl Siân,\n\nDiolch.\n',
    messageId: '<m1@muster.example>',
    headers: { 'X-Kind': 'M2' },
  });
  await send({ to: 'other@example.org' });
  const { items } = await json('/dev/mail?to=sian@example.org');
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    to: 'Sian@example.org',
    subject: 'Diolch: rydym wedi eich clywed – cyfeirnod',
    text: 'Annwyl Siân,\n\nDiolch.\n',
    headers: { 'x-kind': 'M2', 'message-id': '<m1@muster.example>' },
  });
  expect(Date.parse(items[0].receivedAt)).toBeGreaterThan(Date.now() - 10_000);
  expect(await json('/dev/mail/count')).toEqual({ messages: 2, distinct: 2, duplicates: 0 });
  expect(await json('/dev/mail/count?to=SIAN@example.org')).toMatchObject({ messages: 1 });
  await send({ to: 'plus+sign@example.org' });
  for (const to of ['plus+sign@example.org', 'plus%2Bsign@example.org'])
    expect((await json(`/dev/mail?to=${to}`)).items).toHaveLength(1);
  expect(await json('/dev/mail?to=nobody@example.org')).toEqual({ items: [], next: null });
});

test('newest first, in pages', async () => {
  for (const subject of ['one', 'two', 'three']) await send({ subject });
  const first = await json('/dev/mail?limit=2');
  expect(first.items.map((it: any) => it.subject)).toEqual(['three', 'two']);
  const second = await json(`/dev/mail?limit=2&cursor=${first.next}`);
  expect(second).toMatchObject({ items: [{ subject: 'one' }], next: null });
});

test('a message that arrives twice is seen twice', async () => {
  await send({ messageId: '<same@muster.example>' });
  await send({ messageId: '<same@muster.example>' });
  expect(await json('/dev/mail/count')).toEqual({ messages: 2, distinct: 1, duplicates: 1 });
  expect((await json('/dev/mail')).items[0].copies).toBe(2);
});

test('mail is shown as text whatever it carries', async () => {
  const evil = '<img src=x onerror=alert(1)>';
  await send({ subject: evil, text: `${evil} ${ORIGIN}/s/token`, html: `<b>${evil}</b>` });
  const response = await get('/dev/mail', 'text/html');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  const page = await response.text();
  expect(page).not.toContain('<img');
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(page).toContain(`<a href="${ORIGIN}/s/token">`);
  const { items } = await json('/dev/mail');
  const one = await get(`/dev/mail/${items[0].id}`, 'text/html');
  expect(await one.text()).not.toContain('<img');
  expect((await get('/dev/mail/no-such-id', 'text/html')).status).toBe(404);
  const style = await get('/dev/mail/assets/style.css', 'text/css');
  expect(style.headers.get('content-type')).toContain('text/css');
});

test('it is all there after a restart', async () => {
  await send({ text: 'Grüße, £5 \u{1f30a}' });
  await stop();
  await start();
  expect((await json('/dev/mail')).items[0].text).toBe('Grüße, £5 \u{1f30a}');
});

test('mailboxes that do not exist, or not now', async () => {
  await expect(send({ to: 'gone@bounce.example' })).rejects.toMatchObject({ responseCode: 550 });
  await expect(send({ to: 'perm-fail@simulator.notify' })).rejects.toMatchObject({ responseCode: 550 });
  await expect(send({ to: 'temp-fail@simulator.notify' })).rejects.toMatchObject({ responseCode: 451 });
  expect(inbox.counts.messages).toBe(0);
});

test('faults are those of a mail server', async () => {
  const fault = (faults: object) => fetch(`${web.url}/faults`, { method: 'POST', body: JSON.stringify(faults) });
  await fault({ errorRate: 1 });
  await expect(send()).rejects.toMatchObject({ responseCode: 451 });
  await fault({ status429: true });
  await expect(send()).rejects.toMatchObject({ responseCode: 450 });
  expect(inbox.counts.messages).toBe(0);
  await fault({ acceptThenReset: true });
  await expect(send()).rejects.toThrow();
  expect(inbox.counts.messages).toBe(1);
  await fault({ down: true });
  await expect(send()).rejects.toThrow();
  await fault({});
  await send();
  expect(inbox.counts.messages).toBe(2);
});

test('a message that is cut off is not a message', async () => {
  await new Promise<void>((closed) => {
    const socket = connect(smtp.port, '127.0.0.1', () => {
      socket.write('EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: half\r\n\r\nhal');
      setTimeout(() => socket.destroy(), 100);
    });
    socket.on('close', () => closed());
  });
  await new Promise((later) => setTimeout(later, 100));
  expect(inbox.counts.messages).toBe(0);
});
