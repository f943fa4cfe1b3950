import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Circuit } from '@app/queue';
import type { Channel, Outgoing } from '../../apps/notification/src/channels/channel.js';
import { EmailChannel } from '../../apps/notification/src/channels/email.channel.js';
import { NotifyChannel } from '../../apps/notification/src/channels/notify.channel.js';

/** What every channel must do, shown on servers of ours that speak the provider's protocol and know nothing of us. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'channels-'));
const children: ChildProcess[] = [];

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
};
const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => (socket.destroy(), done(true)));
    socket.on('error', () => done(false));
  });
const start = async (server: string, environment: Record<string, string>, port: number): Promise<void> => {
  const child = spawn(process.execPath, ['--import', './test/typescript.mjs', `outside/${server}/src/main.ts`], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      ORIGIN: 'http://localhost:1',
      ...environment,
    },
    stdio: 'ignore',
  });
  children.push(child);
  for (let tries = 0; tries < 200 && !(await answers(port)); tries += 1)
    await new Promise((done) => setTimeout(done, 50));
};

const fault = (url: string, what: object) =>
  fetch(`${url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
  });
const KEY = `demo-${randomUUID()}-${randomUUID()}`;
const TEXT = '5a1f0c5e-6f0e-4a52-9d0e-0d5b7d0a1001';
const LETTER = '5a1f0c5e-6f0e-4a52-9d0e-0d5b7d0a1003';
let mail: { url: string; smtp: string };
let texts: { url: string };
const receipts: { reference: string; status: string; bearer: string | undefined }[] = [];
let listener: Server;

beforeAll(async () => {
  listener = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      receipts.push({ ...JSON.parse(body), bearer: request.headers.authorization });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  writeFileSync(join(folder, 'key'), KEY, { mode: 0o600 });
  writeFileSync(join(folder, 'receipts'), 'receipt-token', { mode: 0o600 });
  const [web, smtp, notify] = [await freePort(), await freePort(), await freePort()];
  mail = { url: `http://127.0.0.1:${web}`, smtp: `smtp://127.0.0.1:${smtp}` };
  texts = { url: `http://127.0.0.1:${notify}` };
  await Promise.all([
    start('mail', { SMTP_PORT: String(smtp), DATA_DIR: join(folder, 'mail') }, web),
    start(
      'texts',
      {
        DATA_DIR: join(folder, 'texts'),
        API_KEY_FILE: join(folder, 'key'),
        RECEIPT_URL: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`,
        RECEIPT_TOKEN_FILE: join(folder, 'receipts'),
      },
      notify,
    ),
  ]);
}, 30_000);
afterAll(async () => {
  email?.close();
  for (const child of children) child.kill('SIGTERM');
  await new Promise((done) => listener.close(done));
  rmSync(folder, { recursive: true, force: true });
});

let email: EmailChannel;
const atOnce = (): Promise<void> => Promise.resolve();

const emailTo = (url: string): EmailChannel =>
  new EmailChannel({ url, from: 'Muster <no-reply@muster.example>', host: 'muster.example' }, new Circuit('mail'));
const notifyAt = (url: string, transport: 'sms' | 'letter'): NotifyChannel =>
  new NotifyChannel(
    { url, apiKey: KEY, textTemplate: TEXT, letterTemplate: LETTER },
    transport,
    new Circuit(transport),
  );
beforeAll(() => {
  email = new EmailChannel(
    { url: mail.smtp, from: 'Muster <no-reply@muster.example>', host: 'muster.example' },
    new Circuit('mail'),
  );
});

const message = (to: Outgoing['to'], more: Partial<Outgoing> = {}): Outgoing => ({
  id: randomUUID(),
  to: {
    email: 'ann@example.org',
    phone: '+447700900123',
    address: { lines: ['1 High Street', 'Oldham'], postcode: 'OL1 1AA' },
    ...to,
  },
  again: false,
  worded: {
    language: 'cy',
    subject: 'Diolch (MU-7K4D-93TQ-X)',
    paragraphs: ['Helo,', '<b>Ŵ</b> & {{7*7}} https://muster.example/s/abc'],
    link: 'https://muster.example/s/abc',
    text: 'Muster: diolch. ŵ',
    template: 'M2.open@1',
  },
  ...more,
});
const caught = async (list: 'mail' | 'texts' | 'letters', to: string): Promise<any[]> => {
  const at = list === 'mail' ? mail.url : texts.url;
  const answer = await fetch(`${at}/dev/${list}?to=${encodeURIComponent(to)}`, {
    headers: { accept: 'application/json' },
  });
  return ((await answer.json()) as { items: any[] }).items;
};

describe('e-mail by SMTP', () => {
  test('arrives as text and HTML, escaped, with our id as Message-ID', async () => {
    const sent = message({ email: 'arrives@example.org' });
    expect(await email.send(sent, atOnce)).toEqual({ is: 'sent' });
    const [item] = await caught('mail', 'arrives@example.org');
    expect(item).toMatchObject({ subject: 'Diolch (MU-7K4D-93TQ-X)' });
    expect(item.text).toContain('<b>Ŵ</b> & {{7*7}} https://muster.example/s/abc');
    expect(JSON.stringify(item.headers)).toContain(`<${sent.id}@muster.example>`);
  });

  test.each([
    ['perm-fail@simulator.notify', { is: 'refused', reason: 'address-refused' }],
    ['nobody@bounce.example', { is: 'refused', reason: 'address-refused' }],
    ['temp-fail@simulator.notify', { is: 'later', reason: 'temporary-failure' }],
  ])('to %s is %j', async (address, outcome) =>
    expect(await email.send(message({ email: address }), atOnce)).toEqual(outcome),
  );

  test('a newline in an address or a subject makes no header', async () => {
    const sent = message({ email: 'crlf@example.org' });
    const subject = 'Hello\r\nBcc: thief@example.org';
    expect(await email.send({ ...sent, worded: { ...sent.worded, subject } }, atOnce)).toEqual({ is: 'sent' });
    expect((await caught('mail', 'crlf@example.org'))[0].headers).not.toHaveProperty('bcc');
    expect(await caught('mail', 'thief@example.org')).toEqual([]);
    const outcome = await email.send(message({ email: 'a@example.org\r\nRCPT TO:<thief@example.org>' }), atOnce);
    expect(outcome).not.toEqual({ is: 'sent' });
    expect(await caught('mail', 'thief@example.org')).toEqual([]);
  });

  test('the same message twice is recognised by its Message-ID', async () => {
    const sent = message({ email: 'twice@example.org' });
    await email.send(sent, atOnce);
    await email.send({ ...sent, again: true }, atOnce);
    const ids = (await caught('mail', 'twice@example.org')).map((item) => item.headers['message-id']);
    expect(new Set(ids).size).toBe(1);
  });

  test('without an address nothing is sent', async () => {
    expect(await email.send(message({ email: null }), atOnce)).toEqual({ is: 'refused', reason: 'no-contact' });
  });
});

describe.each(['sms', 'letter'] as const)('%s by GOV.UK Notify', (transport) => {
  const channel = (): Channel => notifyAt(texts.url, transport);
  const list = transport === 'sms' ? 'texts' : 'letters';

  test('is taken, with our id as reference', async () => {
    const sent = message({ phone: '+447700900200', address: { lines: ['2 Reference Row'], postcode: 'OL1 1AA' } });
    expect(await channel().send(sent, atOnce)).toEqual({ is: 'sent' });
    const items = await caught(list, transport === 'sms' ? '+447700900200' : '');
    expect(JSON.stringify(items)).toContain(sent.id);
  });

  test('that may have been taken before is looked up, not sent again', async () => {
    const sent = message({ phone: '+447700900201' });
    await channel().send(sent, atOnce);
    expect(await channel().send({ ...sent, again: true }, atOnce)).toEqual({ is: 'sent' });
    const items = await caught(list, transport === 'sms' ? '+447700900201' : '');
    expect(JSON.stringify(items).split(`"${sent.id}"`).length - 1).toBe(1);
  });

  test('that was never taken is sent when it is asked for again', async () => {
    const sent = message({ phone: '+447700900202' }, { again: true });
    expect(await channel().send(sent, atOnce)).toEqual({ is: 'sent' });
    expect(JSON.stringify(await caught(list, transport === 'sms' ? '+447700900202' : ''))).toContain(sent.id);
  });

  test('that is told to slow down waits and counts no failure', async () => {
    await fault(texts.url, { status429: true, times: 1 });
    const outcome = await channel().send(message({}), atOnce);
    expect(outcome).toMatchObject({ is: 'away', reason: 'provider-busy' });
  });

  test('whose answer is lost, or makes no sense, is looked up, and goes once', async () => {
    for (const what of [{ acceptThenReset: true }, { wrongShape: true }]) {
      const sent = message({ phone: '+447700900204' });
      await fault(texts.url, { ...what, times: 1 });
      expect(await channel().send(sent, atOnce)).toEqual({ is: 'uncertain' });
      expect(await channel().send({ ...sent, again: true }, atOnce)).toEqual({ is: 'sent' });
      const items = await caught(list, transport === 'sms' ? '+447700900204' : '');
      expect(JSON.stringify(items).split(`"${sent.id}"`).length - 1).toBe(1);
    }
  });

  test('that nobody answers is away', async () => {
    const nobody = notifyAt(`http://127.0.0.1:${await freePort()}`, transport);
    expect(await nobody.send(message({}), atOnce)).toEqual({ is: 'away', reason: 'provider-away' });
  });
});

describe('a text', () => {
  test.each(['+441632960001', '+4470012345', '+15551234567', '09061234567', '+447700900123;rm'])(
    'is never sent to %s',
    async (phone) =>
      expect(await notifyAt(texts.url, 'sms').send(message({ phone }), atOnce)).toEqual({
        is: 'refused',
        reason: 'number-not-allowed',
      }),
  );

  test('is followed by a receipt that bears our token', async () => {
    const sent = message({ phone: '+447700900203' });
    await notifyAt(texts.url, 'sms').send(sent, atOnce);
    for (let tries = 0; tries < 100 && !receipts.some(({ reference }) => reference === sent.id); tries += 1) {
      await new Promise((done) => setTimeout(done, 50));
    }
    expect(receipts.find(({ reference }) => reference === sent.id)).toMatchObject({
      status: 'delivered',
      bearer: 'Bearer receipt-token',
    });
  });

  test('is not sent by a process that was frozen before it could speak, and is then somebody else’s to send', async () => {
    let asked = 0;
    const provider = createServer((_, response) => {
      asked += 1;
      response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
    });
    await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    const program = ['--import', './test/typescript.mjs', 'test/contract/frozen-sender.fixture.ts'];
    const sender = spawn(process.execPath, [...program, url, KEY, randomUUID()], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(sender);
    let said = '';
    await new Promise<void>((frozen) => sender.stdout.on('data', (some) => ((said += some), frozen())));
    await new Promise((done) => setTimeout(done, 1_500));
    sender.kill('SIGCONT');
    await new Promise((done) => sender.once('close', done));
    provider.closeAllConnections();
    provider.close();
    expect(said).toBe(`frozen\n${JSON.stringify({ is: 'uncertain' })}`);
    expect(asked).toBe(0);
  });
});

describe('a mail server that is away', () => {
  test('is no fault of the message, and after a few tries it is not asked any more', async () => {
    const away = emailTo(`smtp://127.0.0.1:${await freePort()}`);
    const outcomes = [];
    for (let tries = 0; tries < 5; tries += 1) outcomes.push(await away.send(message({}), atOnce));
    away.close();
    expect(outcomes[0]).toEqual({ is: 'away', reason: 'provider-away' });
    expect(outcomes.at(-1)).toMatchObject({ is: 'away', reason: 'circuit-open' });
  });

  test('when it dies after the text has gone, nobody claims to know', async () => {
    const dying = (await import('node:net')).createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('220 dying\r\n');
      let data = false;
      socket.on('data', (chunk) => {
        const said = chunk.toString();
        if (data) return void (said.includes('\r\n.\r\n') && socket.destroy());
        if (/^EHLO/i.test(said)) socket.write('250 dying\r\n');
        else {
          data = /^DATA/im.test(said);
          socket.write(data ? '354 go\r\n' : '250 ok\r\n');
        }
      });
    });
    await new Promise<void>((done) => dying.listen(0, '127.0.0.1', done));
    const channel = emailTo(`smtp://127.0.0.1:${(dying.address() as AddressInfo).port}`);
    expect(await channel.send(message({}), atOnce)).toEqual({ is: 'uncertain' });
    channel.close();
    await new Promise((done) => dying.close(done));
  });
});
