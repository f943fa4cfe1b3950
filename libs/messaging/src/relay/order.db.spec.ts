import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '@app/contracts';
import { failureOf } from '@app/database';
import { sql } from '@app/database/sql';
import { Log, Metrics } from '@app/telemetry';
import { eventually, testDatabase, type TestDatabase } from '@app/testing';
import type { Envelope } from '../event-log.js';
import { NeedStaffed, staffed } from '../examples.fixture.js';
import { MemoryEventLog } from '../memory-event-log.js';
import { uuidv7 } from '../uuid.js';
import { Relay } from './relay.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ schema: 'matching', poolSize: 20 });
  await db.adminSql(`create table matching.thing (id uuid primary key, version int not null default 0);
    create table matching.side (id bigint generated always as identity, said text);
    grant all on matching.thing, matching.side to matching`);
});
let stop: () => Promise<unknown> = () => Promise.resolve();
afterAll(async () => {
  await stop();
  await db.close();
});

/** Remembers everything in the order in which it was sent. */
class Recording extends MemoryEventLog {
  readonly sent: Envelope[] = [];
  override async send(envelopes: readonly Envelope[]) {
    this.sent.push(...envelopes);
    return super.send(envelopes);
  }
}

test('many writers of the same rows, early and late first writes, slow ones, roll-backs, a bystander: nothing lost, doubled or out of order per key', async () => {
  const keys = Array.from({ length: 24 }, () => uuidv7());
  await db.sql('insert into thing (id) select unnest($1::uuid[])', [keys]);
  const eventLog = new Recording();
  await eventLog.createTopics(TOPICS);
  const relays = [0, 1].map(
    () => new Relay({ transactions: db.transactions, eventLog, log: Log.silent(), metrics: new Metrics('matching') }),
  );
  relays.forEach((relay) => relay.start());
  stop = () => Promise.all(relays.map((relay) => relay.stop()));
  const until = performance.now() + 6_000;

  // Whoever waits for a lock too long is rolled back like any other.
  const isRolledBack = (error: Error) => {
    if (error.message !== 'rolled back' && failureOf(error) !== 'transient') throw error;
  };
  const bystander = async () => {
    while (performance.now() < until)
      await db.database.transaction(async (tx) => {
        await sql(tx).run(`insert into side (said) values ('x')`);
        await sleep(300);
      });
  };
  const writer = async (n: number) => {
    while (performance.now() < until) {
      const chosen = keys.filter(() => Math.random() < 0.12).sort();
      if (chosen.length === 0) continue;
      const kind = Math.random();
      await db.transactions
        .run(async (tx) => {
          // An early first write takes a transaction id long before the journal is written.
          if (kind < 0.4) await sql(tx).run('insert into side (said) values ($1)', [`writer ${n}`]);
          if (kind < 0.15) await sleep(Math.random() * 60);
          const rows = await sql(tx).query<{ id: string; version: number }>(
            `with locked as (select id from thing where id = any ($1) order by id for update)
             update thing t set version = t.version + 1 from locked where t.id = locked.id returning t.id, t.version`,
            [chosen],
          );
          if (kind > 0.3 && kind < 0.4) await sleep(Math.random() * 40);
          tx.publish(
            NeedStaffed,
            rows.map(({ id, version }) => staffed(id, version)),
          );
          if (kind > 0.9) throw new Error('rolled back');
        })
        .catch(isRolledBack);
    }
  };
  /** Writes the journal at once and stays open, as none of ours should. */
  const straggler = async () => {
    while (performance.now() < until) {
      await db.database
        .transaction(async (tx) => {
          await sql(tx).run('select pg_advisory_xact_lock(1)');
          const id = uuidv7();
          await sql(tx).run(
            `insert into journal (type, topic, key, data, sequence, at, correlation_id, forum_id)
           values ('matching.need-staffed.v1', 'matching.need', $1::text, '{}', 1, now(), $1::uuid, $1::uuid)`,
            [id],
          );
          await sleep(120);
          if (Math.random() < 0.5) throw new Error('rolled back');
        })
        .catch(isRolledBack);
      await sleep(50);
    }
  };
  await Promise.all([bystander(), straggler(), ...Array.from({ length: 12 }, (_, n) => writer(n))]);
  const [row] = await db.sql<{ n: number; last: number }>(
    'select count(*)::int as n, max(seq)::int as last from journal',
  );
  await eventually('everything is sent', () => eventLog.sent.length >= row!.n, 20_000);
  await sleep(100);
  await stop();

  expect(row!.n).toBeGreaterThan(1000);
  expect(row!.last).toBeGreaterThan(row!.n);
  expect(eventLog.sent).toHaveLength(row!.n);
  expect(new Set(eventLog.sent.map(({ id }) => id)).size).toBe(row!.n);
  const last = new Map<string, number>();
  const disordered = eventLog.sent.filter(({ key, sequence }) => {
    const before = last.get(key) ?? 0;
    last.set(key, sequence);
    return sequence <= before;
  });
  expect(disordered).toEqual([]);
  const versions = await db.sql<{ id: string; version: number }>('select id, version from thing');
  for (const { id, version } of versions) expect(last.get(id) ?? 0).toBe(version);
}, 60_000);

test('the horizon is never ahead of the numbers that were given out', async () => {
  let over = false;
  const giving = async () => {
    while (!over) await db.adminSql(`select count(nextval('matching.journal_seq_seq')) from generate_series(1, 20000)`);
  };
  const writers = [giving(), giving()];
  // What is read first must not be higher than what is read after it. A horizon that has nothing new asks for no locks.
  const looking = db.adminSql(`do $$
    declare first bigint; later bigint; until timestamptz := clock_timestamp() + interval '2 s';
    begin
      set local search_path = matching;
      while clock_timestamp() < until loop
        select last into first from journal_horizon(9223372036854775807);
        later := pg_sequence_last_value('journal_seq_seq');
        if first > later then raise exception 'ahead by %', first - later; end if;
      end loop;
    end $$`);
  await looking.finally(() => (over = true));
  await Promise.all(writers);
});
