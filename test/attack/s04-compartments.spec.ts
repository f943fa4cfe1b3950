import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { COMPARTMENTS, DataKeys, Keyring, readRootKeys, RootKeys, type Compartment, type Slotted } from '@app/privacy';
import { apply, call, eventually, form } from '../e2e/people.js';
import { home, sql, staff } from './stack.js';

jest.setTimeout(480_000);

const keysOf = (app: string): string => join(home, 'secrets', app, 'keys');
const HOLDS: Readonly<Record<string, readonly Compartment[]>> = {
  intake: ['contact', 'support', 'checks', 'equality'],
  vetting: ['checks'],
  notification: ['contact'],
  coordination: ['need'],
  matching: [],
  operations: [],
};
let person: { id: string; forumId: string };
/** What the person told about themselves for a check, as it lies in the journal and in every copy of the topic. */
let told: string;
let version: number;
let wrapped: { wrapped: Buffer; key_id: string };

beforeAll(async () => {
  const { body } = await apply(form({ roles: ['home-visits'], familyName: 'Ashworth-Demo' }));
  const self = new URL(body.statusUrl as string).pathname;
  await eventually(
    () => call('GET', self),
    (seen) => seen.body.tasks.length > 0,
    200_000,
  );
  await call('POST', `${self}/tasks/identity`, { dateOfBirth: '1990-04-02', consent: true });
  const [row] = await sql<{ forum_id: string; data: string }>(
    `select forum_id, data from intake.journal where key = $1 and type = 'intake.task-answered.v1'`,
    [body.id],
  );
  person = { id: body.id, forumId: row!.forum_id };
  version = JSON.parse(row!.data).version ?? 1;
  told = /s1\.[\w-]+/.exec(row!.data)![0];
  [wrapped] = (await sql<typeof wrapped>('select wrapped, key_id from keyring.data_key_checks where person_id = $1', [
    body.id,
  ])) as [typeof wrapped];
});

const unwrap = (root: RootKeys, compartment: Compartment, it = wrapped): Buffer =>
  root.unwrap(it.wrapped, it.key_id, `forum ${person.forumId}`, `${person.forumId}|${person.id}|${compartment}`);

const slot = (compartment: Compartment): Slotted => ({
  subject: { ...subject(compartment) },
  place: 'task.answers',
  version,
});
const subject = (compartment: Compartment) => ({ personId: person.id, forumId: person.forumId, compartment });

describe('S4 The keys of notification open what a person told of convictions', () => {
  test("each app's folder holds the root keys of its own compartments and no other", () => {
    for (const [app, compartments] of Object.entries(HOLDS)) {
      const files = compartments.length === 0 ? [] : readdirSync(keysOf(app));
      expect([app, files.sort()]).toEqual([app, compartments.map((it) => `${it}.json`).sort()]);
    }
  });

  test("notification's role is refused the keys of every other compartment", async () => {
    for (const compartment of COMPARTMENTS.filter((it) => it !== 'contact'))
      await expect(
        sql(`select wrapped from keyring.data_key_${compartment} limit 1`, [], 'notification'),
      ).rejects.toThrow(/permission denied/);
    await expect(sql('select wrapped from keyring.data_key', [], 'notification')).rejects.toThrow(/permission denied/);
    for (const table of ['vetting.checks', 'vetting.certificate_claim', 'intake.task_answer', 'intake.application'])
      await expect(sql(`select * from ${table} limit 1`, [], 'notification')).rejects.toThrow(/permission denied/);
  });

  test('with a dump of the whole database, the keys of notification open nothing of a check', () => {
    const [contact] = readRootKeys(keysOf('notification'), ['contact']);
    for (const compartment of ['checks', 'contact'] as const)
      expect(() => unwrap(contact!, compartment)).toThrow(/not sealed there/);
    expect(() => Keyring.fromFolder(keysOf('notification'), ['checks'])).toThrow(/ENOENT/);
    // The same hand with the right key opens it: what failed above was the key.
    const [checks] = readRootKeys(keysOf('vetting'), ['checks']);
    const key = { subject: subject('checks'), key: unwrap(checks!, 'checks'), keyId: '', wrapped: wrapped.wrapped };
    const ring = Keyring.fromFolder(keysOf('vetting'), ['checks']);
    expect(ring.open(new DataKeys([key]), slot('checks'), told)).toMatchObject({ dateOfBirth: '1990-04-02' });
  });

  test("a person's contact key, which notification may use, does not open what they told for a check", async () => {
    const [row] = await sql<typeof wrapped>(
      'select wrapped, key_id from keyring.data_key_contact where person_id = $1',
      [person.id],
      'notification',
    );
    const [contact] = readRootKeys(keysOf('notification'), ['contact']);
    const ring = Keyring.fromFolder(keysOf('notification'), ['contact']);
    for (const compartment of ['contact', 'checks'] as const) {
      const key = unwrap(contact!, 'contact', row!);
      const keys = new DataKeys([{ subject: subject(compartment), key, keyId: '', wrapped: row!.wrapped }]);
      expect(() => ring.open(keys, slot(compartment), told)).toThrow(/was not sealed there/);
    }
  });

  test('matching and operations hold no key and are given none by the database', async () => {
    for (const app of ['matching', 'operations'])
      for (const compartment of COMPARTMENTS)
        await expect(sql(`select wrapped from keyring.data_key_${compartment} limit 1`, [], app)).rejects.toThrow(
          /permission denied/,
        );
  });

  test('no page of the operators and no trace of the application shows anything of it', async () => {
    const operator = await staff('operator@demo.example');
    const [row] = await sql<{ reference: string }>('select reference from intake.application where id = $1', [
      person.id,
    ]);
    const { status, body } = await call('GET', `/v1/ops/applications/${row!.reference}`, undefined, operator);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toMatch(/Ashworth|1990-04-02|s1\.[\w-]{20}/);
  });
});
