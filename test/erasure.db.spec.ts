import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { boot, type AppDefinition, type RunningApp } from '@app/boot';
import { ActivationOpened, AvailabilityGiven, TOPICS } from '@app/contracts';
import { migrate } from '@app/database';
import { attributesOf, MemoryEventLog, uuidv7 } from '@app/messaging';
import { mintRootKey } from '@app/privacy';
import { eventually, testDatabase, testServices, tinyApp, type TestDatabase, type TinyApp } from '@app/testing';
import { intake } from '../apps/intake/src/intake.config.js';
import { matching } from '../apps/matching/src/matching.config.js';
import { notification } from '../apps/notification/src/notification.config.js';
import { vetting } from '../apps/vetting/src/vetting.config.js';
import { migrationPlans } from '../deploy/migrations.js';

jest.setTimeout(180_000);

/** S17: what a person said, also in the clear, is nowhere once they are erased, and a log built anew brings nothing back. */
const FORUM = uuidv7();
const ACTIVATION = uuidv7();
const OWNER = uuidv7();
const SCHEMAS = ['intake', 'vetting', 'matching', 'notification', 'keyring'] as const;
const APPS: readonly AppDefinition[] = [intake, vetting, matching, notification];
const KEYS = { intake: ['contact', 'support', 'checks'], vetting: ['checks'], notification: ['contact'] };

const FROM = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10);

/** Each value is this person's alone, as it would stand in a row, an event or a letter. */
const person = {
  activation: 'erasure-floods',
  givenName: 'Zyxgiven',
  familyName: 'Zyxfamily',
  email: 'zyx.erase@example.org',
  phone: '+447700900987',
  postcode: 'OL3 5ZZ',
  ageBand: '18-plus',
  guardian: { name: 'Zyxguardian', email: 'zyx.guardian@example.org' },
  language: 'cy',
  channel: 'email-and-sms',
  availability: { from: FROM, slots: ['weekend-evening'], maxDistanceKm: 37.25 },
  roles: ['sandbags'],
  skills: ['chainsaw'],
  vehicle: true,
  support: 'Zyxramp',
  declarations: { privacy: '2026-11' },
};
const NEEDLES = [
  'Zyx',
  'zyx.',
  '7700900987',
  '5ZZ',
  '"18-plus"',
  '"cy"',
  '"email-and-sms"',
  FROM,
  'weekend-evening',
  '37.25',
  '"sandbags"',
  'chainsaw',
  '"OL3"',
];

let db: TestDatabase;
let coordination: TinyApp;
const log = new MemoryEventLog();
const running = new Map<string, RunningApp>();
const folder = mkdtempSync(join(tmpdir(), 'erasure-'));
const partnerKey = `mk_${randomBytes(18).toString('base64url')}`;

const opened = {
  activationId: ACTIVATION,
  forumId: FORUM,
  forumName: 'Greater Manchester Resilience Forum',
  slug: person.activation,
  kind: 'actual',
  state: 'active',
  title: { en: 'Floods', cy: 'Llifogydd' },
  nation: 'england',
  openedAt: '2026-11-22T08:00:00.000Z',
  desk: { organisationId: OWNER, name: 'Forum desk' },
  owners: [{ organisationId: OWNER, name: 'Saddleworth', district: 'Oldham', outwardCodes: ['OL3'] }],
  roles: [
    {
      code: 'sandbags',
      title: { en: 'Sandbags', cy: 'Bagiau tywod' },
      tier: 'low',
      checks: ['declaration'],
      minimumAge: 16,
      remote: false,
      supervisedOk: false,
      skills: [],
      margin: 2,
    },
  ],
};

const headersOf = (type: string, topic: string, key: string): Record<string, string> => {
  const envelope = {
    ...{ id: uuidv7(), type, topic, key, data: '', sequence: 1, at: new Date(), epoch: 0, forumId: FORUM },
    ...{ correlationId: uuidv7(), causationId: null, traceparent: null },
  };
  return Object.fromEntries(Object.entries(attributesOf(envelope)).map(([name, value]) => [`ce_${name}`, value]));
};
const inject = (type: string, topic: string, key: string, data: object): void =>
  log.inject({ topic, key, headers: headersOf(type, topic, key), value: Buffer.from(JSON.stringify(data)) });

const secretsOf = (app: string): string => {
  const own = join(folder, app);
  mkdirSync(join(own, 'keys'), { recursive: true });
  mkdirSync(join(own, 'public'));
  const write = (file: string, text: string): void => writeFileSync(join(own, file), text, { mode: 0o600 });
  const url = new URL(db.url);
  url.username = app;
  write('database-url', url.href);
  write('redis-url', testServices().redis.url);
  write('kafka-password', 'unused');
  write('idempotency-key', randomBytes(32).toString('base64'));
  write('receipts-token', randomBytes(18).toString('base64url'));
  write('notify-api-key', `test-${uuidv7()}-${uuidv7()}`);
  for (const compartment of KEYS[app as keyof typeof KEYS] ?? [])
    copyFileSync(join(folder, `${compartment}.json`), join(own, 'keys', `${compartment}.json`));
  for (const file of ['public/session.jwk', 'public/operations.jwk'])
    copyFileSync(join(coordination.environment['SECRETS_DIR']!, file), join(own, file));
  return own;
};

beforeAll(async () => {
  coordination = await tinyApp();
  coordination.list.partnerKeys.push({
    keyHash: createHash('sha256').update(partnerKey).digest('hex'),
    keyId: 'demo',
    forumId: FORUM,
    organisationId: OWNER,
    activationIds: [],
    scopes: ['applications:write', 'applications:link'],
    perMinute: 1_000_000,
  });
  db = await testDatabase({ schema: 'intake', migrations: intake.migrations });
  await migrate({ url: db.adminUrl, plans: migrationPlans(), roles: [] });
  await db.adminSql("insert into geography.outward_code values ('OL3', 53.5554, -1.9975, 'Oldham', 'Saddleworth')");
  for (const compartment of ['contact', 'support', 'checks'])
    writeFileSync(join(folder, `${compartment}.json`), mintRootKey(), { mode: 0o600 });
  await log.createTopics(TOPICS);
  for (const app of APPS) {
    const environment = {
      ...coordination.environment,
      SECRETS_DIR: secretsOf(app.name),
      COORDINATION_ADMIN_URL: coordination.running.adminUrl,
      IDENTITY_URL: 'http://127.0.0.1:9',
      DBS_URL: 'http://127.0.0.1:9',
      // Nobody answers: messages stay where they are, with all that they say.
      SMTP_URL: 'smtp://127.0.0.1:9',
      NOTIFY_URL: 'http://127.0.0.1:9',
    };
    running.set(app.name, await boot(app, { environment, eventLog: log }));
  }
  inject(ActivationOpened.type, ActivationOpened.topic, ACTIVATION, opened);
});
afterAll(async () => {
  for (const app of running.values()) await app.stop();
  await db?.close();
  await coordination?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (method: string, path: string, body?: object): Promise<{ status: number; body: any }> => {
  const response = await fetch(running.get('intake')!.url + path, {
    method,
    headers: {
      ...(body && {
        'content-type': 'application/json',
        authorization: `Bearer ${partnerKey}`,
        'idempotency-key': randomBytes(18).toString('base64url'),
      }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
};

/** What the forum said of its activation, and how many people wait for each role: about nobody. */
const ABOUT_NOBODY = /^activation|^requirement_policy$|^line(_delta)?$/;

/** All rows of all tables as text, bytes opened. */
const dump = async (): Promise<{ table: string; said: string }[]> => {
  const tables = await db.adminSql<{ schema: string; name: string }>(
    `select schemaname as schema, tablename as name from pg_tables where schemaname = any($1)`,
    [SCHEMAS],
  );
  const rows: { table: string; said: string }[] = [];
  for (const { schema, name } of tables.filter(({ name }) => !ABOUT_NOBODY.test(name)))
    for (const { said } of await db.adminSql<{ said: string }>(
      `select to_jsonb(t)::text as said from ${schema}.${name} t`,
    ))
      rows.push({ table: `${schema}.${name}`, said: readable(said) });
  return rows;
};
const readable = (text: string): string =>
  text
    .replaceAll(/\\\\x([0-9a-f]+)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1'))
    .replaceAll('\\"', '"');
const found = async (): Promise<string[]> => [
  ...new Set(
    (await dump()).flatMap(({ table, said }) =>
      NEEDLES.filter((one) => said.includes(one)).map((one) => `${table} ${one}`),
    ),
  ),
];
const quiet = (): Promise<unknown> =>
  eventually('everything that was said has been heard', async () => {
    const unsent = await Promise.all(
      APPS.map(({ name }) =>
        db.adminSql(`select 1 from ${name}.journal j, ${name}.relay_cursor c where j.seq > c.seq`),
      ),
    );
    return unsent.every(({ length }) => length === 0);
  });

test('an erased person is nowhere: not in a table, a journal, a letter, and not after the log was built anew', async () => {
  let taken = await ask('POST', '/v1/applications', person);
  await eventually('an application is taken', async () => {
    if (taken.status !== 202) taken = await ask('POST', '/v1/applications', person);
    return taken.status === 202;
  }).catch(() => expect(taken.body).toMatchObject({ state: 'submitted' }));
  const { body } = taken;
  const path = new URL(body.statusUrl).pathname;
  const id = body.id as string;
  await eventually('all apps know the person', async () => {
    const known = await Promise.all([
      db.adminSql("select 1 from matching.member where application_id = $1 and pool = 'reserve'", [id]),
      db.adminSql('select 1 from vetting.case_file where application_id = $1 and clearance is not null', [id]),
      db.adminSql("select 1 from notification.message where application_id = $1 and kind = 'M9'", [id]),
    ]);
    return known.every((rows) => rows.length > 0);
  });
  // A letter in each app that reads it: an event that says too little, with what it should not say.
  const bad = { applicationId: id, outwardCode: 'OL3', skills: ['chainsaw'], note: 'Zyxletter' };
  inject(AvailabilityGiven.type, AvailabilityGiven.topic, id, bad);
  await eventually('the letters are parked', async () => {
    const letters = ['vetting', 'matching'].map((app) => db.adminSql(`select 1 from ${app}.dead_letter`));
    return (await Promise.all(letters)).every((rows) => rows.length === 1);
  });
  const before = await found();
  for (const place of [
    'intake.journal chainsaw',
    'intake.application "OL3"',
    'vetting.case_file 37.25',
    'vetting.journal "sandbags"',
    'vetting.dead_letter Zyx',
    'matching.member weekend-evening',
    'matching.dead_letter chainsaw',
    'notification.recipient "email-and-sms"',
  ])
    expect(before).toContain(place);

  expect((await ask('DELETE', path)).status).toBe(204);
  await eventually('all apps have heard of it', async () => (await found()).length === 0).catch(() => undefined);
  expect(await found()).toEqual([]);
  expect(await db.adminSql('select 1 from keyring.data_key where person_id = $1', [id])).toEqual([]);

  // All brokers are lost, and every reader forgets what it has read.
  for (const { name } of APPS) await db.adminSql(`truncate ${name}.inbox`);
  log.wipe();
  // A relay with nothing to send asks every ten seconds whether the log still has everything.
  await eventually(
    'the log was built anew',
    async () => {
      const topics = ['intake.application', 'vetting.application', 'matching.application'];
      const { ends } = await log.positions(topics);
      return topics.every((topic) => Object.values(ends[topic] ?? {}).some((end) => end !== '0'));
    },
    30_000,
  );
  await quiet();
  await eventually('the erasure was read again', async () => {
    const rows = await db.adminSql(
      `select i.consumer from intake.journal j join vetting.inbox i on i.event_id = j.id
        where j.type = 'intake.application-erased.v1'`,
    );
    return rows.length > 0;
  });
  expect(await found()).toEqual([]);
  const open = await db.adminSql(
    `select 1 from vetting.dead_letter where state <> 'discarded' union all
     select 1 from matching.dead_letter where state <> 'discarded' union all select 1 from notification.dead_letter`,
  );
  expect(open).toEqual([]);
  const said: string[] = [];
  await log.replay(
    TOPICS.map(({ name }) => name),
    async (partitions) => {
      for (const { value } of partitions.flat()) said.push(value?.toString() ?? '');
    },
  );
  expect(said.some((one) => one.includes(id))).toBe(true);
  expect(NEEDLES.filter((one) => said.some((text) => text.includes(one)))).toEqual([]);
});
