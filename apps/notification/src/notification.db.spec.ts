import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { boot, type RunningApp } from '@app/boot';
import { TOPICS } from '@app/contracts';
import { MemoryEventLog, type Received } from '@app/messaging';
import { eventually, testServices, tinyApp, type TinyApp } from '@app/testing';
import { notification } from './notification.config.js';
import { notificationRig, type Rig } from './notification.fixture.js';

jest.setTimeout(60_000);

const ORIGIN = 'http://localhost:4300';
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'notification-'));
let rig: Rig;
let coordination: TinyApp;
let app: RunningApp;
let mail: ChildProcess;
let inbox: string;
const log = new MemoryEventLog();

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
};
const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });

/** As the owning app's relay would send them. */
const tell = (events: readonly Received[]) =>
  log.send(
    events.map((event) => ({
      ...event,
      data: JSON.stringify(event.data),
      causationId: null,
      traceparent: null,
      epoch: 0,
    })),
  );

beforeAll(async () => {
  rig = await notificationRig(new Date());
  coordination = await tinyApp();
  await log.createTopics(TOPICS);
  const [smtp, web] = [await freePort(), await freePort()];
  inbox = `http://127.0.0.1:${web}/dev/mail`;
  mail = spawn(process.execPath, ['--import', './test/typescript.mjs', 'outside/mail/src/main.ts'], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(web),
      SMTP_PORT: String(smtp),
      ORIGIN,
      DATA_DIR: join(folder, 'mail'),
    },
    stdio: 'ignore',
  });
  await eventually('the mail catcher answers', () => answers(smtp), 30_000);
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  mkdirSync(join(folder, 'public'));
  cpSync(rig.keys, join(folder, 'keys'), { recursive: true });
  cpSync(join(coordination.environment['SECRETS_DIR']!, 'public'), join(folder, 'public'), { recursive: true });
  put('database-url', rig.db.url);
  put('redis-url', testServices().redis.url);
  put('kafka-password', 'unused');
  put('idempotency-key', randomBytes(32).toString('base64'));
  put('notify-api-key', `demo-${randomUUID()}-${randomUUID()}`);
  put('receipts-token', 'receipt-token');
  app = await boot(notification, {
    eventLog: log,
    environment: {
      ...coordination.environment,
      SECRETS_DIR: folder,
      KAFKA_USERNAME: 'notification',
      COORDINATION_ADMIN_URL: coordination.running.adminUrl,
      SMTP_URL: `smtp://127.0.0.1:${smtp}`,
      NOTIFY_URL: `http://127.0.0.1:${await freePort()}`,
    },
  });
});
afterAll(async () => {
  await app?.stop();
  mail?.kill('SIGTERM');
  await coordination?.stop();
  await rig?.close();
  rmSync(folder, { recursive: true, force: true });
});

const caught = async (to: string): Promise<any[]> =>
  (
    (await (
      await fetch(`${inbox}?to=${encodeURIComponent(to)}`, { headers: { accept: 'application/json' } })
    ).json()) as {
      items: any[];
    }
  ).items;

describe('the app', () => {
  test('turns what intake says into a mail, and says that it went', async () => {
    const ann = rig.person();
    const asked = rig.requested(ann);
    const submitted = await rig.submitted(ann, { contact: { email: 'story@example.org', token: 'story-token' } });
    await tell([rig.open(), submitted, asked, asked]);
    await eventually('the message went', async () => (await rig.rows())[0]?.state === 'sent', 30_000);
    const items = await caught('story@example.org');
    expect(items).toHaveLength(1);
    expect(items[0].text).toContain(`${ORIGIN}/s/story-token`);
    const published = async () => (await rig.published()).map(({ type }) => type);
    await eventually(
      'the tally was told',
      async () => (await published()).includes('notification.activation-tallied.v1'),
      30_000,
    );
    expect((await published()).filter((type) => type === 'notification.message-sent.v1')).toHaveLength(1);
  });

  const receipt = (bearer: string | null, body: object) =>
    fetch(`${app.url}/v1/messages/receipts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(bearer ? { authorization: bearer } : {}) },
      body: JSON.stringify(body),
    });

  test('takes receipts from whoever bears the token, and from nobody else', async () => {
    const [row] = await rig.rows();
    const body = {
      id: randomUUID(),
      reference: row!.id,
      status: 'delivered',
      to: 'x',
      completed_at: '2026-11-23T12:00:00Z',
    };
    for (const bearer of [null, 'Bearer wrong', 'receipt-token'])
      expect((await receipt(bearer, body)).status).toBe(401);
    expect(await rig.rows()).toMatchObject([{ state: 'sent' }]);
    expect((await receipt('Bearer receipt-token', { ...body, reference: null })).status).toBe(204);
    expect((await receipt('Bearer receipt-token', body)).status).toBe(204);
    expect(await rig.rows()).toMatchObject([{ state: 'delivered' }]);
    expect((await receipt('Bearer receipt-token', { nothing: true })).status).toBe(422);
  });

  const list = async (path: string, roles: Parameters<TinyApp['signIn']>[0] | null, accept = 'application/json') => {
    const cookie = roles ? (await coordination.signIn(roles)).cookie : '';
    const answer = await fetch(app.url + path, { headers: { cookie, accept }, redirect: 'manual' });
    return { status: answer.status, text: await answer.text() };
  };

  test('shows its messages to operators and duty officers of the forum only', async () => {
    expect((await list('/v1/messages', null)).status).toBe(401);
    expect((await list('/v1/messages', ['vetting-officer'])).status).toBe(403);
    // The demo member works for another forum than this activation's.
    expect(JSON.parse((await list('/v1/messages', ['operator'])).text)).toMatchObject({ items: [], next: null });
    await rig.db.adminSql(`update notification.message set forum_id = $1`, [coordination.list.members[0]!.forumId]);
    const { items } = JSON.parse((await list('/v1/messages?state=delivered', ['duty-officer'])).text);
    expect(items).toMatchObject([{ kind: 'M2', transport: 'email', state: 'delivered' }]);
    expect(JSON.stringify(items)).not.toMatch(/example\.org|story-token/);
    expect(JSON.parse((await list('/v1/messages?state=failed', ['operator'])).text).items).toEqual([]);
  });

  test('shows them as a page in both languages too', async () => {
    const page = await list('/notification', ['operator'], 'text/html');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Acknowledgement');
    expect(page.text).not.toMatch(/story@example\.org/);
    expect((await list('/notification?lang=cy', ['operator'], 'text/html')).text).toContain('Cydnabyddiaeth');
    expect((await list('/notification', null, 'text/html')).status).not.toBe(200);
  });

  test('shows what an exercise would have sent, to the same people', async () => {
    await rig.db.adminSql(
      `insert into notification.captured values ($1, $1, $2, 'email', 'Subject <b>', E'First\\nSecond', now())`,
      [randomUUID(), coordination.list.members[0]!.forumId],
    );
    await rig.db.adminSql(`insert into notification.captured values ($1, $1, $1, 'email', 'Of others', 'x', now())`, [
      randomUUID(),
    ]);
    const { items } = JSON.parse((await list('/v1/messages/captured', ['duty-officer'])).text);
    expect(items).toMatchObject([{ subject: 'Subject <b>', transport: 'email' }]);
    const page = await list('/notification/captured', ['operator'], 'text/html');
    expect(page.text).toContain('Subject &lt;b&gt;');
    expect(page.text).not.toContain('Of others');
    expect((await list('/notification/captured', ['auditor'])).status).toBe(403);
  });
});
