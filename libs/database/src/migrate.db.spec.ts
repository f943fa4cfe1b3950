import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@app/testing';
import { migrate, rollBack, type MigrationPlan } from './migrate.js';

let db: TestDatabase;
let folder: string;
let plan: MigrationPlan;
let made = 0;

beforeAll(async () => {
  db = await testDatabase({ schema: 'matching' });
});
afterAll(() => db.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  plan = { schema: `room${++made}`, folder: pathToFileURL(`${folder}/`), role: 'matching', source: 'room' };
  await file('001-thing', `create table thing (id int); grant select on thing to :"role"`, 'drop table thing');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = async (name: string, up: string, down: string): Promise<void> => {
  await writeFile(join(folder, `${name}.up.sql`), up);
  await writeFile(join(folder, `${name}.down.sql`), down);
};
const run = (...plans: MigrationPlan[]) => migrate({ url: db.adminUrl, plans: plans.length ? plans : [plan] });
const tables = async (): Promise<string[]> =>
  (await db.adminSql('select tablename from pg_tables where schemaname = $1 order by 1', [plan.schema])).map(
    (row) => row.tablename,
  );

test('brings a schema up to date once, and owns what it makes', async () => {
  expect(await run()).toEqual([{ schema: plan.schema, source: 'room', name: '001-thing' }]);
  expect(await run()).toEqual([]);
  await file('002-more', 'create table more (id int)', 'drop table more');
  expect((await run()).map(({ name }) => name)).toEqual(['002-more']);
  expect(await tables()).toEqual(['migration', 'more', 'thing']);
  const owners = await db.adminSql('select distinct tableowner from pg_tables where schemaname = $1', [plan.schema]);
  expect(owners).toEqual([{ tableowner: 'muster_migration' }]);
});

test('whoever comes as the role of an app cannot let a transaction hang', async () => {
  await run();
  const [role] = await db.adminSql("select rolconfig from pg_roles where rolname = 'matching'");
  expect(role.rolconfig).toEqual(['idle_in_transaction_session_timeout=2000', 'transaction_timeout=8000']);
});

test('several at once apply each file once', async () => {
  const done = await Promise.all([run(), run(), run()]);
  expect(done.flat()).toHaveLength(1);
});

test('a file that fails leaves nothing of itself, and what was before it stands', async () => {
  await file('002-broken', 'create table half (id int); select 1/0', '');
  await expect(run()).rejects.toThrow('room/002-broken');
  expect(await tables()).toEqual(['migration', 'thing']);
});

test('a file that was changed after it was applied stops everything', async () => {
  await run();
  await file('001-thing', 'create table thing (id bigint)', 'drop table thing');
  await expect(run()).rejects.toThrow('was changed after it was applied');
});

test('a file that has gone stops everything', async () => {
  await run();
  await rm(join(folder, '001-thing.up.sql'));
  await expect(run()).rejects.toThrow('its file is gone');
});

test('goes back down, and up again', async () => {
  await file('002-more', 'create table more (id int)', 'drop table more');
  await run();
  expect((await rollBack({ url: db.adminUrl, plan, to: '001-thing' })).map(({ name }) => name)).toEqual(['002-more']);
  expect(await tables()).toEqual(['migration', 'thing']);
  await rollBack({ url: db.adminUrl, plan });
  expect(await tables()).toEqual(['migration']);
  expect(await run()).toHaveLength(2);
});

test('two folders may use the same number in one schema', async () => {
  const other = await mkdtemp(join(tmpdir(), 'migrations-'));
  await writeFile(join(other, '001-thing.up.sql'), 'create table other (id int)');
  const done = await run(plan, { ...plan, folder: pathToFileURL(`${other}/`), source: 'lib' });
  expect(done.map(({ source }) => source)).toEqual(['room', 'lib']);
});

test('every migration of the messaging lib goes down and up again', async () => {
  const messaging = {
    schema: plan.schema,
    role: 'matching',
    folder: new URL('../../messaging/migrations/', import.meta.url),
  };
  const before = await run(messaging);
  await rollBack({ url: db.adminUrl, plan: messaging });
  expect(await tables()).toEqual(['migration']);
  expect(await run(messaging)).toEqual(before);
});
