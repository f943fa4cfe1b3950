import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { migrate } from '@app/database';
import { testDatabase, type TestDatabase } from '@app/testing';
import { Pool } from 'pg';
import { migrationPlans } from '../../deploy/migrations.js';
import { LoadLedger } from '../../tools/surge/ledger.js';
import type { Person } from '../../tools/surge/people.js';
import { gather, judge, type Facts, type Verdict } from '../../tools/surge/verdict.js';

/** The checker itself: what is planted in the databases, the mail and the logs is found, and nothing else. */
const folder = mkdtempSync(join(tmpdir(), 'checker-'));
const log = join(folder, 'app.log');
const IN_AN_HOUR = new Date(Date.now() + 3_600_000);
const FORUM = randomUUID();

let db: TestDatabase;
let pool: Pool;
let server: Server;
let ledger: LoadLedger;
let activation: string;
let person: Person;
let startedAt: Date;
let application: string;
let mails: object[];
let texts: object[];

beforeAll(async () => {
  db = await testDatabase({ schema: 'intake', migrations: new URL('../../apps/intake/migrations/', import.meta.url) });
  await migrate({ url: db.adminUrl, plans: migrationPlans(), roles: [] });
  pool = new Pool({ connectionString: db.adminUrl, max: 2 });
  server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://x').pathname;
    if (path === '/dev/mail/index.ndjson') response.end(mails.map((mail) => JSON.stringify(mail)).join('\n'));
    else response.end(JSON.stringify({ items: path === '/dev/texts' ? texts : [], next: null }));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterAll(async () => {
  server.close();
  await pool.end();
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

const insert = (table: string, row: Record<string, unknown>): Promise<unknown> => {
  const names = Object.keys(row);
  const places = names.map((_, n) => `$${n + 1}`);
  return pool.query(`insert into ${table} (${names.join()}) values (${places.join()})`, Object.values(row));
};

const told = (app: string, type: string, key: string, data: object, o: object = {}): Promise<unknown> =>
  insert(`${app}.journal`, {
    ...{ type: `${app}.${type}`, topic: `${app}.application`, key, data: JSON.stringify(data), sequence: 1 },
    ...{ at: new Date(), correlation_id: randomUUID(), forum_id: FORUM, ...o },
  });

const apply = async (id: string): Promise<void> => {
  await insert('intake.application', {
    ...{
      id,
      activation_id: activation,
      forum_id: FORUM,
      reference: id,
      idempotency_hash: Buffer.from(randomUUID().replaceAll('-', '')),
    },
    ...{
      owner_id: FORUM,
      owner_name: 'x',
      submitted_at: new Date(),
      mode: 'open',
      receipt_due_at: IN_AN_HOUR,
      receipt_says: 'x',
    },
    ...{ state: 'checking', version: 1, channel: 'email', language: 'en', age_band: '18-plus', roles: [], skills: [] },
    ...{
      vehicle: false,
      remote_only: false,
      slots: [],
      max_distance_km: 5,
      available_from: new Date(),
      profile_version: 1,
    },
    ...{ contact_version: 1, person_version: 1, promises: 1, promise_rule: 'checking', promise_kind: 'M5' },
    ...{ promise_made_at: new Date(), promise_due_at: IN_AN_HOUR, promise_no_news: 0 },
  });
  await told('intake', 'application-submitted.v1', id, { activationId: activation });
};

/** Asked for by an event, made, sent and arrived. */
const mail = async (cause: string, kind = 'M2'): Promise<string> => {
  const [id, request_id] = [randomUUID(), randomUUID()];
  await told('intake', 'message-requested.v1', application, { messageId: request_id, kind }, { causation_id: cause });
  await insert('notification.message', {
    ...{ id, request_id, application_id: application, activation_id: activation, forum_id: FORUM, kind, urgency: 'P2' },
    ...{ transport: 'email', state: 'sent', any_hour: true, reference: 'x', owner_name: 'x', facts: {}, cause: {} },
    ...{ requested_at: new Date(), next_try_at: new Date(), sent_at: new Date() },
  });
  mails.push({ to: [person.email], messageId: `<${id}@muster.example>` });
  return id;
};

const offer = async (who: string, need: string, o: object): Promise<string> => {
  const offer_id = randomUUID();
  await insert('matching.offer', {
    ...{ offer_id, need_id: need, application_id: who, activation_id: activation, forum_id: FORUM, wave: 1 },
    ...{ state: 'accepted', made_at: new Date(), respond_by: IN_AN_HOUR, starts_at: IN_AN_HOUR },
    ...{ ends_at: new Date(IN_AN_HOUR.getTime() + 3_600_000), ...o },
  });
  return offer_id;
};

const member = async (id: string): Promise<void> => {
  await insert('matching.member', {
    application_id: id,
    activation_id: activation,
    forum_id: FORUM,
    changed_at: new Date(),
  });
  await told('vetting', 'application-cleared.v1', id, {});
};

const need = async (places: number): Promise<string> => {
  const need_id = randomUUID();
  await insert('matching.need', {
    ...{ need_id, activation_id: activation, forum_id: FORUM, organisation_name: 'x', role_code: 'x', places },
    ...{ starts_at: IN_AN_HOUR, ends_at: IN_AN_HOUR, skills: '[]', remote: false, state: 'open', sequence: 1 },
    ...{ created_at: new Date() },
  });
  return need_id;
};

const acknowledge = (key: string, id: string): void =>
  ledger.write({ is: 'acknowledged', key, n: 0, ms: 1, replayed: false, id, reference: 'x', statusUrl: null });

const facts = async (): Promise<Facts> =>
  gather({
    ...{ database: pool, ledger, activationId: activation, startedAt, logs: new Map([[log, 0]]), seed: 'planted' },
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ firstSeq: await firstSeq, applicants: 1, unsettled: 0, personOf: () => person },
    wrongs: { wronglyAccepted: 0, wronglyRefused: 0 },
  });
const verdict = async (): Promise<Verdict> => judge(await facts());
let firstSeq: Promise<bigint>;

beforeEach(async () => {
  [activation, application, startedAt, mails, texts] = [randomUUID(), randomUUID(), new Date(), [], []];
  firstSeq = pool
    .query<{ seq: string }>('select coalesce(max(seq), 0) as seq from intake.journal')
    .then(({ rows }) => BigInt(rows[0]!.seq));
  await firstSeq;
  ledger = new LoadLedger(join(folder, `${randomUUID()}.ndjson`), {});
  writeFileSync(log, '{"level":"info","code":"started"}\n');
  person = { key: randomUUID(), email: 'jo.demo.planted.0@example.org' } as Person;
  await apply(application);
  acknowledge(person.key, application);
  await mail(randomUUID());
});

test('a run in which nothing went wrong has no fault', async () => {
  expect(await verdict()).toMatchObject({ lost: 0, doubled: 0, late: 0, faults: [] });
});

test('a false 202: acknowledged, and no row', async () => {
  acknowledge(randomUUID(), randomUUID());
  expect(await verdict()).toMatchObject({ lost: 1, faults: ['1 acknowledged applications have no row'] });
});

test('a loss: a message that was asked for and never made, and mail that is said to be sent and never came', async () => {
  await told('intake', 'message-requested.v1', application, { messageId: randomUUID(), kind: 'M5' });
  mails = [];
  expect(await verdict()).toMatchObject({
    lost: 2,
    faults: ['1 requested messages do not exist', '1 people who gave an address got no mail'],
  });
});

test('a message that nobody sent, whether it was to go at once or was tried before; one that waits for its time is none', async () => {
  const [first, second] = [await mail(randomUUID()), await mail(randomUUID())];
  const unsent = (id: string, next: Date | null) =>
    pool.query("update notification.message set state = 'created', sent_at = null, next_try_at = $2 where id = $1", [
      id,
      next,
    ]);
  await unsent(first, IN_AN_HOUR);
  expect((await verdict()).faults).toEqual([]);
  await Promise.all([unsent(first, null), unsent(second, new Date())]);
  expect((await verdict()).faults).toEqual(['2 messages are still unsent']);
});

test('a duplicate: one cause under two Message-IDs, though each has a request of its own', async () => {
  const cause = randomUUID();
  await mail(cause, 'M9');
  expect((await verdict()).faults).toEqual([]);
  await mail(cause, 'M9');
  expect(await verdict()).toMatchObject({ doubled: 1, faults: ['1 causes led to more than one message'] });
});

test('a mail repeated under its own Message-ID is one; under an unknown one it is doubled', async () => {
  mails.push(mails[0]!);
  expect((await verdict()).faults).toEqual([]);
  mails.push({ to: [person.email], messageId: `<${randomUUID()}@muster.example>` });
  expect(await verdict()).toMatchObject({ doubled: 1, faults: ['1 mails came that no message explains'] });
});

test('a text that its provider was given twice', async () => {
  const text = { receivedAt: new Date().toISOString(), headers: { reference: randomUUID() } };
  texts = [text, text];
  expect(await verdict()).toMatchObject({ doubled: 1, faults: ['1 causes led to more than one message'] });
});

test('over-booking: more yeses than places, and one person in two places at once', async () => {
  const other = randomUUID();
  await Promise.all([apply(other), member(application), member(other)]);
  acknowledge(randomUUID(), other);
  const [one, two] = [await need(1), await need(9)];
  await offer(application, one, {});
  expect((await verdict()).faults).toEqual([]);
  await offer(other, one, {});
  await offer(other, two, {});
  expect((await verdict()).faults).toEqual([
    '1 needs have more people than places',
    '1 people are in two places at the same time',
  ]);
});

test('an offer to somebody who was never cleared', async () => {
  await insert('matching.member', {
    application_id: application,
    activation_id: activation,
    forum_id: FORUM,
    changed_at: new Date(),
  });
  await offer(application, await need(1), { state: 'sent' });
  expect((await verdict()).faults).toEqual(['1 offers went to people who are not cleared']);
});

test('an offer that lapsed before its time', async () => {
  await member(application);
  const offerId = await offer(application, await need(1), { state: 'lapsed' });
  await told('matching', 'offer-lapsed.v1', application, { offerId }, { at: IN_AN_HOUR });
  expect((await verdict()).faults).toEqual([]);
  await told('matching', 'offer-lapsed.v1', application, { offerId }, { at: new Date() });
  expect((await verdict()).faults).toEqual(['1 offers lapsed before their time']);
});

test('a version that goes back, a letter that waits, a name in a log, an answer that nobody promised', async () => {
  await told('vetting', 'check-sent.v1', application, {}, { sequence: 3 });
  await told('vetting', 'check-sent.v1', application, {}, { sequence: 2 });
  await insert('vetting.dead_letter', {
    ...{
      consumer: 'x',
      event_id: randomUUID(),
      topic: 'x',
      partition: 0,
      log_offset: 0,
      key: application,
      headers: {},
    },
    ...{ state: 'parked', reason: 'x', first_error: 'x', last_error: 'x' },
  });
  writeFileSync(log, `{"level":"warn","says":"${person.email}"}\n`);
  ledger.write({ is: 'refused', key: 'x', n: 0, ms: 1, status: 502, retryAfter: null, reason: '502' });
  expect((await verdict()).faults).toEqual([
    '1 facts were told with a version that had passed',
    '1 letters wait for a person',
    '1 answers are not of the interface',
    '1 lines of a log name somebody',
  ]);
});
