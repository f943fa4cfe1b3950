import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClock } from '@app/calendar';
import { TOPICS } from '@app/contracts';
import { sql } from '@app/database/sql';
import { Log, Metrics } from '@app/telemetry';
import { eventually, faultyEventLog, testDatabase, type TestDatabase } from '@app/testing';
import { Handles, Projects, type BatchHandler, type Projection } from './delivery/handles.js';
import type { Batch } from './delivery/received.js';
import type { EventLog } from './event-log.js';
import { NeedStaffed, staffed } from './examples.fixture.js';
import { trimJournal } from './journal/journal.repository.js';
import { MemoryEventLog } from './memory-event-log.js';
import { Messaging } from './messaging.js';
import { Sweeps, type Sweeper } from './sweeps/sweeps.js';
import type { Tx } from './tx.js';
import type { Transaction } from '@app/database';
import { uuidv7 } from './uuid.js';

/** matching publishes; coordination reads. */
let writer: TestDatabase;
let reader: TestDatabase;
let eventLog: MemoryEventLog;
const running: Messaging[] = [];

@Handles([NeedStaffed], 'coordination.remember', { from: 'beginning' })
class Remember implements BatchHandler {
  async handle(events: Batch, tx: Tx): Promise<void> {
    await remember(events, tx, 'seen');
  }
}

@Projects([NeedStaffed], 'coordination.staffing', { from: 'beginning' })
class Staffing implements Projection {
  project(events: Batch, tx: Transaction): Promise<void> {
    return remember(events, tx, 'staffing');
  }
  async clear(tx: Transaction): Promise<void> {
    await sql(tx).query('delete from staffing');
  }
}

@Handles([NeedStaffed], 'coordination.from-now', { from: 'now' })
class FromNow implements BatchHandler {
  handle(events: Batch, tx: Tx): Promise<void> {
    return remember(events, tx, 'since');
  }
}

const remember = async (events: Batch, tx: Transaction, table: string): Promise<void> => {
  await sql(tx).insert(
    table,
    { key: 'text', event_id: 'uuid', sequence: 'bigint' },
    events.map(({ key, id, sequence }) => ({ key, event_id: id, sequence })),
  );
};

const start = (db: TestDatabase, app: string, instances: object[], log: EventLog = eventLog): Messaging => {
  const messaging = new Messaging({
    app,
    database: db.database,
    eventLog: log,
    clock: new SystemClock(),
    log: Log.silent(),
    metrics: new Metrics(app),
  });
  messaging.adopt(instances);
  messaging.start();
  running.push(messaging);
  return messaging;
};

const publish = (needId: string, from: number, to: number): Promise<void> =>
  writer.transactions.run(async (tx) =>
    tx.publish(
      NeedStaffed,
      Array.from({ length: to - from + 1 }, (_, at) => staffed(needId, from + at)),
    ),
  );
const rows = (table: string): Promise<{ key: string; sequence: number }[]> =>
  reader.sql(`select key, sequence::int as sequence from ${table} order by at`);
const count = async (table: string): Promise<number> => (await rows(table)).length;
const inOrder = (all: { key: string; sequence: number }[]): boolean => {
  const last = new Map<string, number>();
  return all.every(({ key, sequence }) => {
    const before = last.get(key) ?? 0;
    last.set(key, sequence);
    return sequence === before + 1;
  });
};

beforeEach(async () => {
  [writer, reader] = await Promise.all([
    testDatabase({ schema: 'matching' }),
    testDatabase({ schema: 'coordination' }),
  ]);
  for (const table of ['seen', 'staffing', 'since'])
    await reader.adminSql(
      `create table coordination.${table} (at bigint generated always as identity, key text, event_id uuid, sequence bigint);
       grant all on coordination.${table} to coordination`,
    );
  eventLog = new MemoryEventLog();
  await eventLog.createTopics(TOPICS);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((messaging) => messaging.stop()));
  await Promise.all([writer.close(), reader.close()]);
});

test('a fact travels from a transaction to its effect, soon', async () => {
  start(writer, 'matching', []);
  start(reader, 'coordination', [new Remember()]);
  await sleep(300);
  const need = uuidv7();
  await publish(need, 1, 1);
  expect(await eventually('its effect', async () => (await count('seen')) === 1)).toBeLessThan(500);
});

test('a relay that dies between send and cursor sends again; the effect is once', async () => {
  const faulty = faultyEventLog(eventLog);
  faulty.plan('acknowledgement-lost', 'refused', 'acknowledgement-lost');
  start(writer, 'matching', [], faulty.eventLog);
  start(reader, 'coordination', [new Remember()]);
  const needs = Array.from({ length: 10 }, () => uuidv7());
  for (const need of needs) await publish(need, 1, 20);
  await eventually('all effects', async () => (await count('seen')) >= 200);
  await eventually('the journal is sent', async () => (await running[0]!.journal()).unsent === 0);
  const { ends } = await eventLog.positions(['matching.need']);
  const messages = Object.values(ends['matching.need']!).reduce((sum, end) => sum + Number(end), 0);
  expect(messages).toBeGreaterThan(200);
  await sleep(200);
  expect(await count('seen')).toBe(200);
  expect(inOrder(await rows('seen'))).toBe(true);
});

test('a consumer that dies between commit and offset gets it all again; the effect is once', async () => {
  const dies = new Proxy(eventLog, {
    get: (target, name) => {
      if (name !== 'subscribe') {
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      }
      let deaths = 0;
      return (subscription: Parameters<EventLog['subscribe']>[0]) =>
        target.subscribe({
          ...subscription,
          deliver: async (partitions, signal) => {
            await subscription.deliver(partitions, signal);
            if (deaths++ < 3) throw new Error('died after the commit');
          },
        });
    },
  });
  start(writer, 'matching', []);
  start(reader, 'coordination', [new Remember()], dies);
  const need = uuidv7();
  for (let at = 0; at < 5; at++) await publish(need, at * 10 + 1, at * 10 + 10);
  await eventually('all effects', async () => (await count('seen')) >= 50);
  await sleep(300);
  expect(await count('seen')).toBe(50);
  expect(inOrder(await rows('seen'))).toBe(true);
});

test('a log that was wiped is built anew from the journal; nobody sees anything twice', async () => {
  const relay = start(writer, 'matching', []);
  start(reader, 'coordination', [new Remember()]);
  const needs = Array.from({ length: 8 }, () => uuidv7());
  for (const need of needs) await publish(need, 1, 25);
  await eventually('all effects', async () => (await count('seen')) === 200);
  eventLog.wipe();
  for (const need of needs) await publish(need, 26, 30);
  await eventually('the later effects', async () => (await count('seen')) >= 240, 20_000);
  await eventually('the journal is sent', async () => (await relay.journal()).unsent === 0);
  const { ends } = await eventLog.positions(['matching.need']);
  const messages = Object.values(ends['matching.need']!).reduce((sum, end) => sum + Number(end), 0);
  expect(messages).toBe(240);
  await sleep(200);
  expect(await count('seen')).toBe(240);
  expect(inOrder(await rows('seen'))).toBe(true);
}, 40_000);

test('a log that was wiped gets its silent topics back too: their readers wait for them', async () => {
  start(writer, 'matching', []);
  const silent = TOPICS.map(({ name }) => name).filter((name) => /^matching\.(?!need$)/.test(name));
  expect(silent).not.toEqual([]);
  const need = uuidv7();
  await publish(need, 1, 1);
  const has = async (topics: readonly string[]) => Object.keys((await eventLog.positions(topics)).ends).length;
  await eventually('it is sent', async () => {
    const { ends } = await eventLog.positions(['matching.need']);
    return Object.values(ends['matching.need']!).some((end) => end !== '0');
  });
  eventLog.wipe();
  expect(await has(silent)).toBe(0);
  await publish(need, 2, 2);
  await eventually('they are there', async () => (await has(silent)) === silent.length, 20_000);
}, 40_000);

test('one topic that was lost is built anew, although its readers knew later offsets', async () => {
  const relay = start(writer, 'matching', []);
  start(reader, 'coordination', [new Remember()]);
  const need = uuidv7();
  await publish(need, 1, 300);
  await eventually('all effects', async () => (await count('seen')) === 300);
  eventLog.recreate('matching.need');
  await publish(need, 301, 310);
  await eventually('the later effects', async () => (await count('seen')) >= 310, 20_000);
  await eventually('all of it is in the topic again', async () => {
    const { ends } = await eventLog.positions(['matching.need']);
    return Object.values(ends['matching.need']!).reduce((sum, end) => sum + Number(end), 0) >= 310;
  });
  await eventually('the journal is sent', async () => (await relay.journal()).unsent === 0);
  expect(await count('seen')).toBe(310);
  expect(inOrder(await rows('seen'))).toBe(true);
}, 40_000);

test('two relays of one app: one leads; when it goes the other takes over, and nothing is doubled', async () => {
  const one = start(writer, 'matching', []);
  await eventually('one leads', () => one.relay.leads);
  const two = start(writer, 'matching', []);
  start(reader, 'coordination', [new Remember()]);
  const need = uuidv7();
  await publish(need, 1, 10);
  await eventually('its effects', async () => (await count('seen')) === 10);
  expect(two.relay.leads).toBe(false);
  await one.stop();
  await publish(need, 11, 20);
  await eventually('the rest', async () => (await count('seen')) === 20);
  expect(two.relay.leads).toBe(true);
});

test('a leader whose connection is cut stops leading at once and another instance goes on', async () => {
  const one = start(writer, 'matching', []);
  await eventually('one leads', () => one.relay.leads);
  await writer.adminSql(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%-lock' and datname = current_database()`,
  );
  await publish(uuidv7(), 1, 1);
  await eventually('it is sent all the same', async () => (await one.journal()).unsent === 0);
});

describe('consumers that come later', () => {
  test('one from the beginning reads what was before it, in order; one from now does not', async () => {
    start(writer, 'matching', []);
    const first = start(reader, 'coordination', [new Remember()]);
    const need = uuidv7();
    await publish(need, 1, 50);
    await eventually('all effects', async () => (await count('seen')) === 50);
    await first.stop();
    running.splice(running.indexOf(first), 1);
    const second = start(reader, 'coordination', [new Remember(), new Staffing(), new FromNow()]);
    await eventually('the consumer is known', async () => (await second.consumers()).length === 3);
    await sleep(50);
    await publish(need, 51, 60);
    await eventually('it caught up', async () => (await count('staffing')) === 60);
    await eventually('the one from now', async () => (await count('since')) === 10);
    expect(inOrder(await rows('staffing'))).toBe(true);
    expect(await count('seen')).toBe(60);
    await eventually('nobody catches up', async () =>
      (await second.consumers()).every(({ catchingUp }) => !catchingUp),
    );
  });

  test('a projection is emptied and folded anew while events go on coming', async () => {
    start(writer, 'matching', []);
    const messaging = start(reader, 'coordination', [new Remember(), new Staffing()]);
    const needs = Array.from({ length: 5 }, () => uuidv7());
    for (const need of needs) await publish(need, 1, 40);
    await eventually('all effects', async () => (await count('staffing')) === 200);
    await reader.adminSql(`update coordination.staffing set sequence = -1`);
    const more = (async () => {
      for (let at = 41; at <= 60; at++) for (const need of needs) await publish(need, at, at);
    })();
    expect(await messaging.rebuild('coordination.staffing')).toBe('rebuilt');
    await more;
    await eventually('the rest', async () => (await count('staffing')) === 300);
    expect(inOrder(await rows('staffing'))).toBe(true);
    await eventually('the handler has all', async () => (await count('seen')) === 300);
    expect(await messaging.rebuild('coordination.remember')).toBe('not-a-projection');
  });
});

test('a server that is away at start is waited for', async () => {
  const away = new Proxy(eventLog, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        if (isAway) return Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
        return (member as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  let isAway = true;
  start(writer, 'matching', [], away);
  const messaging = start(reader, 'coordination', [new Remember()], away);
  await publish(uuidv7(), 1, 3);
  await sleep(400);
  expect(messaging.serving).toBe(false);
  isAway = false;
  await eventually('the effects', async () => (await count('seen')) === 3, 15_000);
  expect(messaging.serving).toBe(true);
}, 30_000);

test('sweepers are called when due, at once while they find much, soon while they find little, and survive their failures', async () => {
  const calls: number[] = [];
  @Sweeps('coordination.test-sweep', { everyMs: 50 })
  class Sweep implements Sweeper {
    left = 3;
    sweep(): Promise<number> {
      calls.push(performance.now());
      if (calls.length === 5) return Promise.reject(new Error('planted'));
      return Promise.resolve(this.left-- > 0 ? 100 : 0);
    }
  }
  start(reader, 'coordination', [new Sweep()]);
  await eventually('several sweeps, one after the failure', () => calls.length >= 6, 15_000);
  expect(calls[3]! - calls[0]!).toBeLessThan(40);
  expect(calls[4]! - calls[3]!).toBeGreaterThan(40);
}, 20_000);

test('old relayed rows leave the journal in slices, others never', async () => {
  const relay = start(writer, 'matching', []);
  await publish(uuidv7(), 1, 30);
  await eventually('sent', async () => (await relay.journal()).unsent === 0);
  await relay.stop();
  await writer.adminSql(`update matching.journal set recorded_at = now() - interval '20 days' where seq <= 20`);
  await publish(uuidv7(), 1, 5);
  await writer.adminSql(`update matching.journal set recorded_at = now() - interval '20 days' where seq > 30`);
  expect(await writer.database.transaction((tx) => trimJournal(tx, 14, 1000))).toBe(20);
  expect(await writer.published()).toHaveLength(15);
  await expect(writer.sql(`select trim_journal(interval '1 hour', 10)`)).rejects.toMatchObject({ code: '22023' });
  await expect(writer.sql('delete from journal')).rejects.toMatchObject({ code: '42501' });
  await expect(writer.sql(`update journal set data = '{}'`)).rejects.toMatchObject({ code: '42501' });
  await expect(writer.sql('update letter_act set reason = null')).rejects.toMatchObject({ code: '42501' });
});
