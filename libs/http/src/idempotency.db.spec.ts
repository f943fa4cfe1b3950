import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DAY } from '@app/calendar';
import { sql } from '@app/database/sql';
import { FixedClock, testDatabase, type TestDatabase } from '@app/testing';
import { ExpireIdempotency } from './expire-idempotency.sweeper.js';
import { Idempotency, IdempotencySecret, type Ask } from './idempotency.js';
import { IdempotencyRepository } from './idempotency.repository.js';

describe('idempotency', () => {
  const clock = new FixedClock(new Date('2026-11-22T10:00:00Z'));
  const repository = new IdempotencyRepository();
  let db: TestDatabase;
  let here: Idempotency;
  let elsewhere: Idempotency;
  beforeAll(async () => {
    db = await testDatabase({ schema: 'intake', clock });
    const secret = new IdempotencySecret(Buffer.alloc(32, 7));
    here = new Idempotency(db.transactions, repository, clock, secret);
    elsewhere = new Idempotency(db.transactions, repository, clock, secret);
    await db.adminSql('create table intake.effect (n int); grant select, insert on intake.effect to intake');
  }, 60_000);
  beforeEach(() => db.adminSql('truncate intake.effect, intake.idempotency'));
  afterAll(() => db.close());

  const ask: Ask = { caller: 'k1', route: 'POST /v1/things', key: 'a', body: { a: 1, b: [2] } };
  const effects = async (): Promise<number> => (await db.sql('select count(*)::int as n from effect'))[0].n;
  const make = (idempotency: Idempotency, of: Ask, ms = 0) =>
    idempotency.once(of, async (tx) => {
      await sql(tx).run('insert into effect values (1)');
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { status: 201, body: { made: 'x' }, headers: { location: '/x' } };
    });

  test('answers a replay with the same status, body and headers, and has its effect once', async () => {
    expect(await make(here, ask)).toEqual({
      status: 201,
      body: { made: 'x' },
      headers: { location: '/x' },
      replayed: false,
    });
    const again = await make(elsewhere, { ...ask, body: { b: [2], a: 1 } });
    expect(again).toEqual({ status: 201, body: { made: 'x' }, headers: { location: '/x' }, replayed: true });
    expect(await effects()).toBe(1);
  });

  test('counts per caller and route; another body under the same key is refused', async () => {
    await make(here, ask);
    await expect(make(here, { ...ask, body: { a: 2 } })).rejects.toMatchObject({
      type: 'idempotency-key-reused',
      status: 422,
    });
    await make(here, { ...ask, caller: 'k2', body: { a: 2 } });
    await make(here, { ...ask, route: 'POST /v1/others', body: { a: 2 } });
    expect(await effects()).toBe(3);
  });

  test('twins wait for the one in flight, in this process and in another', async () => {
    const all = await Promise.all([...Array(6).keys()].map((n) => make(n % 2 ? here : elsewhere, ask, 60)));
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await effects()).toBe(1);
  });

  test('work that fails keeps nothing, and the next try is the first', async () => {
    await expect(
      here.once(ask, async (tx) => {
        await sql(tx).run('insert into effect values (1)');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await effects()).toBe(0);
    expect((await make(here, ask)).replayed).toBe(false);
  });

  test('an answer is forgotten after its time, by the next who asks or by the sweeper', async () => {
    await make(here, ask);
    await make(here, { ...ask, key: 'kept', ttl: 9 * DAY });
    clock.advance(2 * DAY + 1);
    expect((await make(here, { ...ask, body: { a: 2 } })).replayed).toBe(false);
    clock.advance(2 * DAY + 1);
    expect(await new ExpireIdempotency(db.transactions, repository, clock).sweep()).toBe(1);
    expect((await make(here, { ...ask, key: 'kept', ttl: 9 * DAY })).replayed).toBe(true);
  });

  test('the table holds neither key nor caller nor a plain hash of the body', async () => {
    await make(here, ask);
    const [row] = await db.sql('select * from idempotency');
    expect(Object.keys(row).sort()).toEqual([
      'body',
      'body_hash',
      'created_at',
      'expires_at',
      'headers',
      'id',
      'status',
    ]);
    const other = new Idempotency(db.transactions, repository, clock, new IdempotencySecret(Buffer.alloc(32, 8)));
    expect(other.hashOf(ask.body).equals(row.body_hash)).toBe(false);
  });
});
