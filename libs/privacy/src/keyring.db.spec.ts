import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connect, type Database } from '@app/database';
import { sql } from '@app/database/sql';
import { testDatabase, type TestDatabase } from '@app/testing';
import { BlindIndex } from './blind-index.repository.js';
import { COMPARTMENTS, type Compartment, type Slotted, type Subject } from './data-keys.js';
import { Keyring } from './keyring.repository.js';
import { mintRootKey, readRootKeys } from './root-keys.js';
import { SealBroken } from './seal.js';

const folder = mkdtempSync(join(tmpdir(), 'keys-'));
const keyFile = (compartment: Compartment): string => join(folder, `${compartment}.json`);
for (const compartment of COMPARTMENTS) writeFileSync(keyFile(compartment), mintRootKey(), { mode: 0o600 });

let db: TestDatabase;
const others = new Map<string, Database>();
const as = async (app: string): Promise<Database> => {
  let database = others.get(app);
  if (!database) {
    const url = new URL(db.url);
    url.username = app;
    database = await connect({ url: url.href, schema: app, poolSize: 2, applicationName: `test-${app}` });
    others.set(app, database);
  }
  return database;
};

beforeAll(async () => {
  db = await testDatabase({ schema: 'intake' });
});
afterAll(async () => {
  for (const other of others.values()) await other.close();
  await db.close();
});

const keyring = Keyring.fromFolder(folder, ['contact', 'support', 'checks', 'equality']);
const forumId = randomUUID();
let ann: Subject;
beforeEach(() => {
  ann = { forumId, personId: randomUUID(), compartment: 'contact' };
});
const at = (subject: Subject): Slotted => ({ subject, place: 'application.contact', version: 1 });

describe('a data key', () => {
  test('that was stored opens what was sealed, in another process too', async () => {
    const sealed = await db.database.transaction((tx) => keyring.sealOne(tx, at(ann), { email: 'ann@example.org' }));
    const elsewhere = Keyring.fromFolder(folder, ['contact']);
    expect(await db.database.read((tx) => elsewhere.openOne(tx, at(ann), sealed))).toEqual({
      email: 'ann@example.org',
    });
  });

  test('is stored once: a second one would make one of two values unreadable', async () => {
    await db.database.transaction((tx) => keyring.store(tx, keyring.forge([ann])));
    await expect(db.database.transaction((tx) => keyring.store(tx, keyring.forge([ann])))).rejects.toMatchObject({
      code: '23505',
    });
  });

  test('of many people and compartments is stored and fetched in sets', async () => {
    const subjects = Array.from({ length: 300 }, (_, index): Subject => ({
      forumId,
      personId: randomUUID(),
      compartment: index % 2 === 0 ? 'contact' : 'checks',
    }));
    await db.database.transaction((tx) => keyring.store(tx, keyring.forge(subjects)));
    const fetched = await db.database.read((tx) => keyring.fetch(tx, [...subjects, ann]));
    expect(fetched.size).toBe(300);
    expect(keyring.has(fetched, ann)).toBe(false);
  });

  test('wrapped for one person does not open as that of another', async () => {
    const bob: Subject = { ...ann, personId: randomUUID() };
    await db.database.transaction((tx) => keyring.store(tx, keyring.forge([ann, bob])));
    await db.adminSql(
      `update keyring.data_key a set wrapped = b.wrapped from keyring.data_key b where a.person_id = $1 and b.person_id = $2`,
      [ann.personId, bob.personId],
    );
    const before = keyring.broken;
    await expect(db.database.read((tx) => keyring.fetch(tx, [ann]))).rejects.toThrow(SealBroken);
    expect(keyring.broken).toBe(before + 1);
    await db.adminSql('delete from keyring.data_key where person_id = any($1)', [[ann.personId, bob.personId]]);
  });

  test('swapped values are refused', async () => {
    const bob: Subject = { ...ann, personId: randomUUID() };
    const keys = keyring.forge([ann, bob]);
    const [ofAnn, ofBob] = [keyring.seal(keys, at(ann), 'ann'), keyring.seal(keys, at(bob), 'bob')];
    expect(() => keyring.open(keys, at(ann), ofBob)).toThrow(SealBroken);
    expect(keyring.open(keys, at(ann), ofAnn)).toBe('ann');
  });
});

test('root keys rotate: old keys still open, are wrapped anew in sets, and then the old root may go', async () => {
  const sealed = await db.database.transaction((tx) => keyring.sealOne(tx, at(ann), 'before'));
  const before = JSON.parse(mintRootKeyFile('contact'));
  const after = JSON.parse(mintRootKey('k2'));
  const rotated = { keys: { ...before.keys, ...after.keys }, current: 'k2' };
  const into = mkdtempSync(join(tmpdir(), 'keys-'));
  const write = (content: object): void =>
    writeFileSync(join(into, 'contact.json'), JSON.stringify(content), { mode: 0o600 });
  write(rotated);
  const both = Keyring.fromFolder(into, ['contact']);
  expect(await db.database.read((tx) => both.openOne(tx, at(ann), sealed))).toBe('before');
  let moved = 0;
  for (let now = 1; now > 0; moved += now) now = await db.database.transaction((tx) => both.rewrap(tx, 'contact', 100));
  expect(moved).toBeGreaterThan(100);
  write({ keys: after.keys, current: 'k2' });
  const onlyNew = Keyring.fromFolder(into, ['contact']);
  expect(await db.database.read((tx) => onlyNew.openOne(tx, at(ann), sealed))).toBe('before');
  await expect(db.database.read((tx) => keyring.openOne(tx, at(ann), sealed))).rejects.toThrow('k2 is not held here');
  writeFileSync(keyFile('contact'), JSON.stringify(rotated), { mode: 0o600 });
});
const mintRootKeyFile = (compartment: Compartment): string => {
  const [root] = readRootKeys(folder, [compartment]);
  expect(root!.current).toBe('k1');
  return readFileSync(keyFile(compartment), 'utf8');
};

describe('erasure', () => {
  test('leaves nothing that opens, in any compartment, and remembers who it was', async () => {
    const own = Keyring.fromFolder(folder, ['contact', 'checks']);
    const subjects: Subject[] = [ann, { ...ann, compartment: 'checks' }];
    const keys = own.forge(subjects);
    await db.database.transaction((tx) => own.store(tx, keys));
    const sealed = own.seal(keys, at(ann), 'gone');
    await db.database.transaction((tx) => own.erase(tx, [ann.personId, ann.personId]));
    await db.database.transaction((tx) => own.erase(tx, [ann.personId]));
    expect((await db.database.read((tx) => own.fetch(tx, subjects))).size).toBe(0);
    expect(await db.database.read((tx) => own.openOne(tx, at(ann), sealed))).toBeNull();
    const notification = await as('notification');

    const erased = await notification.read((tx) =>
      sql(tx).query('select person_id from keyring.erased where person_id = $1', [ann.personId]),
    );
    expect(erased).toHaveLength(1);
  });
});

describe('rights', () => {
  const denied = { code: '42501' };

  test('notification reads contacts and nothing about a check, whatever files it holds (S4)', async () => {
    await db.database.transaction((tx) => keyring.store(tx, keyring.forge([{ ...ann, compartment: 'checks' }])));
    const notification = await as('notification');
    const everything = Keyring.fromFolder(folder, [...COMPARTMENTS]);
    expect((await notification.read((tx) => everything.fetch(tx, [ann]))).size).toBe(0);
    for (const compartment of COMPARTMENTS.filter((one) => one !== 'contact')) {
      await expect(notification.read((tx) => everything.fetch(tx, [{ ...ann, compartment }]))).rejects.toMatchObject(
        denied,
      );
    }
    expect(() => Keyring.fromFolder(folder, ['contact']).forge([{ ...ann, compartment: 'checks' }])).toThrow(
      'does not hold',
    );
  });

  test.each([
    ['matching', 'contact'],
    ['operations', 'contact'],
    ['vetting', 'contact'],
    ['vetting', 'equality'],
    ['coordination', 'checks'],
    ['intake', 'safeguarding'],
  ] as const)('%s does not read %s', async (app, compartment) => {
    const database = app === 'intake' ? db.database : await as(app);
    const everything = Keyring.fromFolder(folder, [...COMPARTMENTS]);
    await expect(database.read((tx) => everything.fetch(tx, [{ ...ann, compartment }]))).rejects.toMatchObject(denied);
  });

  test('notification makes no key, erases nobody and lists nobody as erased', async () => {
    const notification = await as('notification');
    const own = Keyring.fromFolder(folder, ['contact']);
    await expect(notification.transaction((tx) => own.store(tx, own.forge([ann])))).rejects.toMatchObject(denied);
    await expect(notification.transaction((tx) => own.erase(tx, [ann.personId]))).rejects.toMatchObject(denied);
  });

  test('the whole keyring cannot be asked past its compartments', async () => {
    await expect(db.database.read((tx) => sql(tx).query('select * from keyring.data_key'))).rejects.toMatchObject(
      denied,
    );
  });
});

describe('a blind index', () => {
  const roots = () => readRootKeys(folder, ['contact', 'checks']);
  const [first, second] = [randomUUID(), randomUUID()];

  test('finds an equal value in its activation, the same in every instance', async () => {
    const [one, other] = [new BlindIndex(roots()), new BlindIndex(roots())];
    await Promise.all([one, other].map((index) => db.database.transaction((tx) => index.ensure(tx, first))));
    expect(one.of(first, 'email', 'ann@example.org')).toEqual(other.of(first, 'email', 'ann@example.org'));
    expect(one.of(first, 'email', 'ann@example.org')).not.toEqual(one.of(first, 'email', 'bob@example.org'));
  });

  test('has no byte in common between two activations, or two purposes (S21)', async () => {
    const index = new BlindIndex(roots());
    for (const activation of [first, second]) await db.database.transaction((tx) => index.ensure(tx, activation));
    const hashes = [
      index.of(first, 'phone', '+447700900123'),
      index.of(second, 'phone', '+447700900123'),
      index.of(first, 'name', '+447700900123'),
    ].map((hash) => hash!.toString('hex'));
    expect(new Set(hashes).size).toBe(3);
  });

  test('dies with the activation', async () => {
    const index = new BlindIndex(roots());
    for (const activation of [first, second]) await db.database.transaction((tx) => index.ensure(tx, activation));
    expect(index.of(second, 'email', 'ann@example.org')).toHaveLength(32);
    await db.database.transaction((tx) => index.destroy(tx, second));
    const keys = await db.adminSql('select wrapped from keyring.blind_key where activation_id = $1', [second]);
    expect(keys).toEqual([{ wrapped: null }, { wrapped: null }, { wrapped: null }]);
    for (const one of [index, new BlindIndex(roots())]) {
      await db.database.transaction((tx) => one.ensure(tx, second));
      expect(one.of(second, 'email', 'ann@example.org')).toBeNull();
    }
    expect(index.of(first, 'email', 'ann@example.org')).toHaveLength(32);
  });

  test('is closed for good even where it was never used', async () => {
    const [index, unused] = [new BlindIndex(roots()), randomUUID()];
    await db.database.transaction((tx) => index.destroy(tx, unused));
    await db.database.transaction((tx) => index.ensure(tx, unused));
    expect(index.of(unused, 'phone', '+447700900123')).toBeNull();
    expect(() => index.of(randomUUID(), 'phone', '+447700900123')).toThrow('no phone blind key');
  });

  test('of certificates is vetting’s, of contacts intake’s: neither sees the other’s key', async () => {
    const vetting = await as('vetting');
    const certificates = BlindIndex.forCertificates(roots());
    await vetting.transaction((tx) => certificates.ensure(tx, first));
    expect(certificates.of(first, 'certificate', '001234567890')).toHaveLength(32);
    const seen = await vetting.read((tx) =>
      sql(tx).query<{ purpose: string }>('select purpose from keyring.blind_key'),
    );
    expect(seen.map(({ purpose }) => purpose)).toEqual(['certificate']);
    await expect(vetting.transaction((tx) => new BlindIndex(roots()).ensure(tx, second))).rejects.toMatchObject(
      denied42501,
    );
    const notification = await as('notification');
    await expect(notification.read((tx) => sql(tx).query('select * from keyring.blind_key'))).rejects.toMatchObject(
      denied42501,
    );
  });
  const denied42501 = { code: '42501' };
});
