import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@app/testing';
import { failureOf } from './failure.decider.js';
import type { Transaction } from './transaction.js';
import { RepeatedKey, sql } from './sql.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ schema: 'matching', poolSize: 3 });
  await db.adminSql(`create table matching.thing (
      id int primary key, said text, tags text[], facts jsonb, at timestamptz, body bytea, big bigint, price numeric);
    grant all on matching.thing to matching;
    create table intake_secret (id int);
    create schema if not exists vetting authorization muster_migration;
    create table vetting.secret (id int)`);
});
afterAll(() => db.close());

const within = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => db.database.transaction(work);

test('a statement that comes often outlives a migration under it: the transaction is tried again, and goes through', async () => {
  await db.adminSql('create table matching.grown (id int); grant all on matching.grown to matching');
  // One connection, so that its own plan is the one that grows old.
  const often = () => within((tx) => sql(tx).query('select * from grown where id > $1', [0]));
  for (let time = 0; time < 30; time++) await often();
  await db.adminSql('alter table matching.grown add column said text');
  const first: unknown = await often().catch((error: unknown) => error);
  expect(first).toMatchObject({ code: '40001' });
  expect(failureOf(first)).toBe('transient');
  await within((tx) => sql(tx).run('insert into grown values ($1, $2)', [1, 'new']));
  expect(await often()).toEqual([{ id: 1, said: 'new' }]);
});

describe('statements that travel together', () => {
  const add = (tx: Transaction, id: number) => sql(tx).run('insert into thing (id) values ($1)', [id]);
  const there = async () =>
    (await db.sql('select id from thing where id between 700 and 799 order by id')).map((row) => row.id);

  test('take effect in the order in which they were sent, and see each other', async () => {
    const [, , seen] = await within((tx) =>
      Promise.all([
        add(tx, 700),
        add(tx, 701),
        sql(tx).query('select count(*)::int as n from thing where id in (700, 701)'),
      ]),
    );
    expect(seen).toEqual([{ n: 2 }]);
  });

  test('leave nothing behind when one of them fails, and the error is its own', async () => {
    const before = await there();
    await expect(within((tx) => Promise.all([add(tx, 710), add(tx, 710), add(tx, 711)]))).rejects.toMatchObject({
      code: '23505',
    });
    expect(await there()).toEqual(before);
    await within((tx) => add(tx, 712));
    expect(await there()).toContain(712);
  });

  test('the last one goes with the commit: when it fails nothing is committed', async () => {
    const before = await there();
    const twice = db.database.transaction(
      (tx) => add(tx, 720),
      (tx) => add(tx, 720),
    );
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    expect(await there()).toEqual(before);
    await db.database.transaction(
      (tx) => add(tx, 720),
      (tx) => add(tx, 721),
    );
    expect(await there()).toEqual([...before, 720, 721]);
  });
});

test('a last one that fails before it was sent commits nothing; one that is slow to be sent is committed with the rest', async () => {
  const add = (tx: Transaction, id: number) => sql(tx).run('insert into thing (id) values ($1)', [id]);
  const there = async () =>
    (await db.sql('select id from thing where id between 800 and 809 order by id')).map((row) => row.id);
  const unsaid = db.database.transaction(
    (tx) => add(tx, 800),
    () => Promise.reject(new Error('never sent')),
  );
  await expect(unsaid).rejects.toThrow('never sent');
  expect(await there()).toEqual([]);
  const slow = db.database.transaction(
    (tx) => add(tx, 801),
    async (tx) => {
      await Promise.resolve();
      await add(tx, 801);
    },
  );
  await expect(slow).rejects.toMatchObject({ code: '23505' });
  expect(await there()).toEqual([]);
});

describe('rows in sets', () => {
  const COLUMNS = {
    id: 'int',
    said: 'text',
    tags: 'text[]',
    facts: 'jsonb',
    at: 'timestamptz',
    body: 'bytea',
    big: 'bigint',
  };
  const at = new Date('2026-11-22T10:00:00.123Z');

  test('are written as they were given, whatever they hold', async () => {
    const rows = [
      {
        id: 1,
        said: `it's "so"\\ {}, NULL`,
        tags: ['a,b', 'c"d', ''],
        facts: { a: [1, null] },
        at,
        body: Buffer.from([0, 255, 92]),
        big: 9007199254740993n,
      },
      { id: 2, said: null, tags: [], facts: null, at: null, body: null, big: null },
      { id: 3, tags: null, facts: 'text', said: 'Łódź 🌧' },
    ];
    await within((tx) => sql(tx).insert('thing', COLUMNS, rows));
    const read = await db.sql('select * from thing order by id');
    expect(read[0]).toMatchObject({
      said: rows[0]!.said,
      tags: rows[0]!.tags,
      facts: { a: [1, null] },
      at,
      big: '9007199254740993',
    });
    expect(read[0].body).toEqual(Buffer.from([0, 255, 92]));
    expect(read[1]).toMatchObject({ said: null, tags: [], facts: null, at: null, body: null });
    expect(read[2]).toMatchObject({ said: 'Łódź 🌧', tags: null, facts: 'text' });
  });

  test('are updated by key, each once', async () => {
    const changed = await within((tx) =>
      sql(tx).update(
        'thing',
        { id: 'int' },
        { said: 'text', tags: 'text[]' },
        [
          { id: 1, said: 'one', tags: ['x'] },
          { id: 3, said: 'three', tags: [] },
          { id: 99, said: 'nobody', tags: [] },
        ],
        'returning target.id, target.said',
      ),
    );
    expect(changed.sort((a, b) => a.id - b.id)).toEqual([
      { id: 1, said: 'one' },
      { id: 3, said: 'three' },
    ]);
  });

  test('a condition may look at the old and at the new value', async () => {
    const update = (said: string) =>
      within((tx) =>
        sql(tx).update(
          'thing',
          { id: 'int' },
          { said: 'text' },
          [{ id: 1, said }],
          'where target.said < changed.said returning target.id',
        ),
      );
    expect(await update('zzz')).toHaveLength(1);
    expect(await update('aaa')).toHaveLength(0);
  });

  test('a key twice is refused before anything is written', async () => {
    const rows = [
      { id: 1, said: 'older' },
      { id: 2, said: 'other' },
      { id: 1, said: 'newer' },
    ];
    await expect(within((tx) => sql(tx).update('thing', { id: 'int' }, { said: 'text' }, rows))).rejects.toBeInstanceOf(
      RepeatedKey,
    );
    expect(await db.sql(`select id from thing where said in ('older', 'newer', 'other')`)).toEqual([]);
  });

  test('a name that is not plain never reaches the server', async () => {
    await expect(within((tx) => sql(tx).insert('thing', { 'id) select 1; --': 'int' }, [{ id: 1 }]))).rejects.toThrow(
      'plain snake_case',
    );
  });
});

describe('a transaction', () => {
  test('is all or nothing', async () => {
    await expect(
      within(async (tx) => {
        await sql(tx).run('delete from thing');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect((await db.sql('select 1 from thing')).length).toBeGreaterThan(0);
  });

  test('cannot be used after its end', async () => {
    let kept: Transaction | undefined;
    await within(async (tx) => {
      kept = tx;
    });
    expect(() => sql(kept!)).toThrow('has ended');
  });

  test('that only reads cannot write', async () => {
    await expect(db.database.read((tx) => sql(tx).run('delete from thing'))).rejects.toMatchObject({ code: '25006' });
  });

  test('a savepoint undoes only its own', async () => {
    await within(async (tx) => {
      await sql(tx).run(`insert into thing (id, said) values (50, 'kept')`);
      await expect(sql(tx).savepoint(() => sql(tx).run('insert into thing (id) values (50)'))).rejects.toMatchObject({
        code: '23505',
      });
      await sql(tx).run(`insert into thing (id, said) values (51, 'kept')`);
    });
    expect(await db.sql(`select id from thing where said = 'kept' order by id`)).toEqual([{ id: 50 }, { id: 51 }]);
  });

  test('waits for a lock no longer than a second', async () => {
    await within(async (tx) => {
      await sql(tx).query('lock table thing');
      const started = performance.now();
      await expect(within((other) => sql(other).query('lock table thing'))).rejects.toMatchObject({ code: '55P03' });
      expect(performance.now() - started).toBeGreaterThan(900);
    });
  });

  test('that falls silent is ended by the server, and the pool goes on', async () => {
    await expect(
      within(async (tx) => {
        await sql(tx).query('select 1');
        await new Promise((resolve) => setTimeout(resolve, 2600));
        await sql(tx).query('select 1');
      }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(25P03|08006|57P01)$/) });
    for (let at = 0; at < 6; at++) expect(await db.sql('select 1 as one')).toEqual([{ one: 1 }]);
  }, 15_000);

  test('commits durably, under limits', async () => {
    const [settings] = await db.sql(
      `select current_setting('synchronous_commit') as c, current_setting('statement_timeout') as s,
              current_setting('transaction_timeout') as t, current_setting('search_path') as p`,
    );
    expect(settings).toEqual({ c: 'on', s: '5s', t: '8s', p: 'matching' });
  });
});

describe("an app's role", () => {
  test("cannot read another's tables, nor make its own", async () => {
    for (const text of [
      'select * from vetting.secret',
      'select * from public.intake_secret',
      'create table matching.mine (id int)',
      'create table public.mine (id int)',
      'alter table thing add column more int',
      'drop table journal',
      'truncate journal',
      'set role muster_migration',
      `update relay_cursor set seq = 1; delete from journal`,
    ])
      await expect(db.sql(text)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|42P01|3F000)$/) });
  });

  test('cannot write a fact of another context into its own journal', async () => {
    const insert = (type: string, topic: string) =>
      db.sql(
        `insert into journal (type, topic, key, data, sequence, at, correlation_id, forum_id)
         values ($1, $2, 'k', '{}', 1, now(), uuidv7(), uuidv7())`,
        [type, topic],
      );
    await expect(insert('vetting.application-cleared.v1', 'matching.need')).rejects.toMatchObject({ code: '23514' });
    await expect(insert('matching.need-staffed.v1', 'vetting.application')).rejects.toMatchObject({ code: '23514' });
    await insert('matching.need-staffed.v1', 'matching.need');
  });
});
