import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { NotifyClient } from 'notifications-node-client';
import { serve, type Served } from '../../wire/src/index.js';
import { failure, notifyRoutes } from './api.js';
import { apiKey } from './key.js';
import { Limits } from './limits.js';
import { Outbox } from './outbox.js';
import { outboxRoutes } from './pages.js';
import { Receipts } from './receipts.js';
import { templatesFrom } from './templates.js';

const ORIGIN = 'http://localhost:4300';
const SERVICE = 'c745a8d8-b48a-4b0d-96e5-dbea0165ebd1';
const SECRET = '8b3aa916-ec82-434e-b0c5-d5d9b371d6a3';
const [SMS, EMAIL, LETTER] = [...templatesFrom(undefined).keys()] as [string, string, string];
const PACE = { sendingMs: 20, deliveredMs: 60 };

let folder: string;
let outbox: Outbox;
let web: Served;
let receipts: Receipts;
let listener: Server;
let client: NotifyClient;
const told: any[] = [];
let refuse = 0;

const start = async (perMinute = 1000, perDay = 1000): Promise<void> => {
  outbox = new Outbox(join(folder, 'texts'));
  await outbox.load();
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/receipts`;
  receipts = new Receipts({ url, token: 'receipt-token', outbox, pace: PACE, retryMs: 20 });
  web = await serve({
    port: 0,
    host: '127.0.0.1',
    dialect: {
      error: () => failure(500, 'Exception', 'Internal server error'),
      tooMany: () => failure(429, 'RateLimitError', 'Exceeded rate limit'),
      wrongShape: () => ({ status: 200, body: {} }),
    },
    routes: [
      ...notifyRoutes({
        key: apiKey(`demo-${SERVICE}-${SECRET}`),
        limits: new Limits(perMinute, perDay),
        perMinute,
        perDay,
        templates: templatesFrom(undefined),
        outbox,
        pace: PACE,
        origin: ORIGIN,
        accepted: (it) => receipts.expect(it),
      }),
      ...outboxRoutes(outbox, PACE, ORIGIN),
    ],
  });
  receipts.resume();
  client = new NotifyClient(web.url, `demo-${SERVICE}-${SECRET}`);
};
const stop = async (): Promise<void> => {
  await receipts.stop();
  await web.close();
  await outbox.close();
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'texts-'));
  told.length = 0;
  refuse = 0;
  listener = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      if (refuse > 0) {
        refuse -= 1;
        response.writeHead(503).end();
        return;
      }
      told.push({ authorization: request.headers.authorization, ...JSON.parse(body) });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
  await start();
});
afterEach(async () => {
  await stop();
  listener.closeAllConnections();
  await new Promise((closed) => listener.close(closed));
  rmSync(folder, { recursive: true });
});

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 500) throw new Error('it did not happen within 5 s');
    await new Promise((done) => setTimeout(done, 10));
  }
};
const refused = async (work: Promise<unknown>): Promise<any> =>
  work.then(
    () => {
      throw new Error('was not refused');
    },
    (error: any) => error.response.data,
  );

test('a text is taken, sent, delivered and receipted', async () => {
  const { status, data } = await client.sendSms(SMS, '07700 900123', {
    personalisation: { body: 'Shift at 2pm' },
    reference: 'message-1',
  });
  expect(status).toBe(201);
  expect(data).toMatchObject({ reference: 'message-1', content: { body: 'Shift at 2pm' }, template: { id: SMS } });
  await until(() => told.length === 1);
  const found = (await client.getNotifications('sms', undefined, 'message-1')).data.notifications;
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ id: data.id, status: 'delivered', type: 'sms', body: 'Shift at 2pm' });
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({
    authorization: 'Bearer receipt-token',
    id: data.id,
    reference: 'message-1',
    to: '+447700900123',
    status: 'delivered',
    notification_type: 'sms',
    template_id: SMS,
  });
});

test('simulator recipients fail as they should', async () => {
  await client.sendSms(SMS, '07700900003', { personalisation: { body: 'x' }, reference: 'temporary' });
  await client.sendSms(SMS, '+44 7700 900002', { personalisation: { body: 'x' }, reference: 'permanent' });
  const personalisation = { subject: 's', body: 'x' };
  await client.sendEmail(EMAIL, 'perm-fail@simulator.notify', { personalisation, reference: 'mail' });
  await until(() => told.length === 3);
  const status = async (reference: string) =>
    (await client.getNotifications(undefined, undefined, reference)).data.notifications[0]!.status;
  expect(await status('temporary')).toBe('temporary-failure');
  expect(await status('permanent')).toBe('permanent-failure');
  expect(await status('mail')).toBe('permanent-failure');
  expect((await client.getNotifications(undefined, 'failed')).data.notifications).toHaveLength(3);
  expect(told.map((it) => it.status).sort()).toEqual(['permanent-failure', 'permanent-failure', 'temporary-failure']);
});

test('a receipt is repeated until somebody takes it, and after a restart', async () => {
  refuse = 2;
  await client.sendSms(SMS, '07700900123', { personalisation: { body: 'x' } });
  await until(() => told.length === 1);
  await client.sendSms(SMS, '07700900124', { personalisation: { body: 'x' } });
  await stop();
  await start();
  await until(() => told.length === 2);
  expect(told.map((it) => it.to)).toEqual(['+447700900123', '+447700900124']);
});

test('it gives up after five more tries', async () => {
  refuse = 100;
  await client.sendSms(SMS, '07700900123', { personalisation: { body: 'x' } });
  await until(() => receipts.counts.givenUp === 1);
  expect(refuse).toBe(94);
  expect(receipts.counts).toEqual({ sent: 0, failed: 6, givenUp: 1 });
});

test('mistakes are named in the published shape', async () => {
  expect(await refused(client.sendSms(SMS, '07700900123', {}))).toEqual({
    status_code: 400,
    errors: [{ error: 'BadRequestError', message: 'Missing personalisation: body' }],
  });
  const body = { personalisation: { body: 'x' } };
  expect(await refused(client.sendSms(EMAIL, '07700900123', body))).toMatchObject({
    errors: [{ error: 'BadRequestError', message: 'email template is not suitable for sms notification' }],
  });
  expect(await refused(client.sendSms(SMS, '0121 496 0000', body))).toMatchObject({
    errors: [{ error: 'ValidationError', message: 'phone_number Not a UK mobile number' }],
  });
  expect(await refused(client.sendSms(SMS, '0770090', body))).toMatchObject({
    errors: [{ message: 'phone_number Not enough digits' }],
  });
  expect(await refused(client.sendSms(SERVICE, '07700900123', body))).toMatchObject({
    errors: [{ error: 'BadRequestError', message: 'Template not found' }],
  });
  expect(await refused(client.getNotificationById(SERVICE))).toEqual({
    status_code: 404,
    errors: [{ error: 'NoResultFound', message: 'No result found' }],
  });
  expect(
    await refused(client.sendSms(SMS, '07700900123', { personalisation: { body: 'x'.repeat(919) } })),
  ).toMatchObject({ errors: [{ error: 'BadRequestError' }] });
});

test('a wrong key and a wrong clock are refused', async () => {
  const stranger = new NotifyClient(web.url, `demo-${SERVICE}-${SERVICE}`);
  expect(await refused(stranger.getNotifications())).toMatchObject({
    status_code: 403,
    errors: [{ error: 'AuthError' }],
  });
  const late = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(SERVICE)
    .setIssuedAt(Math.floor(Date.now() / 1000) - 31)
    .sign(new TextEncoder().encode(SECRET));
  const response = await fetch(`${web.url}/v2/notifications`, { headers: { authorization: `Bearer ${late}` } });
  expect([response.status, ((await response.json()) as any).errors[0].message]).toEqual([
    403,
    'Error: Your system clock must be accurate to within 30 seconds',
  ]);
  expect((await fetch(`${web.url}/v2/notifications`)).status).toBe(401);
});

test('the rate of a minute and the allowance of a day', async () => {
  await stop();
  await start(3, 2);
  const send = () => client.sendSms(SMS, '07700900123', { personalisation: { body: 'x' } });
  await send();
  await send();
  expect(await refused(send())).toMatchObject({ status_code: 429, errors: [{ error: 'TooManyRequestsError' }] });
  expect(await refused(send())).toEqual({
    status_code: 429,
    errors: [
      { error: 'RateLimitError', message: 'Exceeded rate limit for key type LIVE of 3 requests per 60 seconds' },
    ],
  });
});

test('letters need an address; the shelves show what was caught', async () => {
  const address = { address_line_1: 'Siân Hughes', address_line_2: '1 Heol y Bont', address_line_3: 'OL1 1AA' };
  const personalisation = { ...address, subject: 'Llythyr', body: '<b>Annwyl</b> Siân' };
  expect(await refused(client.sendLetter(LETTER, { personalisation: { subject: 's', body: 'b' } }))).toMatchObject({
    errors: [{ error: 'ValidationError', message: 'Address must be at least 3 lines' }],
  });
  await client.sendLetter(LETTER, { personalisation, reference: 'letter-1' });
  await client.sendSms(SMS, '07700900123', { personalisation: { body: 'one ((body)) two' }, reference: 'same' });
  await client.sendSms(SMS, '07700900123', { personalisation: { body: 'one ((body)) two' }, reference: 'same' });
  const json = async (path: string): Promise<any> => (await fetch(`${web.url}${path}`)).json();
  expect((await json('/dev/texts?to=%2B447700900123')).items.map((it: any) => it.text)).toEqual([
    'one ((body)) two',
    'one ((body)) two',
  ]);
  expect(await json('/dev/texts/count')).toEqual({ messages: 2, distinct: 1, duplicates: 1 });
  expect(await json('/dev/letters/count')).toEqual({ messages: 1, distinct: 1, duplicates: 0 });
  expect((await json('/dev/letters?to=OL1+1AA')).items[0]).toMatchObject({ subject: 'Llythyr' });
  const page = await fetch(`${web.url}/dev/letters`, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('&lt;b&gt;Annwyl&lt;/b&gt; Siân');
});

test('lists come in pages of 250', async () => {
  for (let n = 0; n < 252; n += 1)
    await outbox.add({
      ...{ id: crypto.randomUUID(), type: 'sms', reference: null, to: '+447700900123', lines: [], subject: null },
      ...{ body: 'x', postage: null, unsubscribe: null, template: { id: SMS, name: 'Text', version: 1 } },
      createdAt: new Date(Date.now() - 60_000).toISOString(),
    });
  const first = (await client.getNotifications()).data;
  expect(first.notifications).toHaveLength(250);
  const older = new URL(first.links.next).searchParams.get('older_than')!;
  const second = (await client.getNotifications(undefined, undefined, undefined, older)).data;
  expect(second.notifications).toHaveLength(2);
  expect(second.links).not.toHaveProperty('next');
});
