import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClock } from '@app/calendar';
import { ApplicationErased, OfferDeclined } from '@app/contracts';
import { DomainError, FrontDoor } from '@app/database';
import { sql } from '@app/database/sql';
import { Log, Metrics } from '@app/telemetry';
import { arrivedFrom, eventually, received, testDatabase, type TestDatabase } from '@app/testing';
import type { Arrived } from '../event-log.js';
import {
  ACTIVATION,
  ApplicationPaused,
  ApplicationResumed,
  FORUM,
  NeedStaffed,
  paused,
  resumed,
  staffed,
} from '../examples.fixture.js';
import type { Tx } from '../tx.js';
import { mintedAt, uuidv7 } from '../uuid.js';
import { Delivery } from './delivery.js';
import { Handles, type BatchHandler } from './handles.js';
import type { Batch } from './received.js';
import { Registry } from './registry.js';

let db: TestDatabase;

/** Appends what it sees; what a test plants in `refuse` fails. */
@Handles([ApplicationResumed, ApplicationPaused], 'matching.remember', { from: 'beginning' })
class Remember implements BatchHandler {
  batches: number[] = [];
  takesMs = 0;
  refuse: (events: Batch) => unknown = () => undefined;

  async handle(events: Batch, tx: Tx): Promise<void> {
    this.batches.push(events.length);
    await sleep(this.takesMs);
    await sql(tx).insert(
      'seen',
      { key: 'text', event_id: 'uuid', sequence: 'bigint' },
      events.map(({ key, id, sequence }) => ({ key, event_id: id, sequence })),
    );
    tx.publish(NeedStaffed, [{ ...staffed(uuidv7(), events.length), causedBy: events[0]! }]);
    const error = this.refuse(events);
    if (error) throw error;
  }
}

let handler: Remember;
let delivery: Delivery;

const deliveryOf = (instances: object[], parksPerMinute = 1000, database = db.database): Delivery =>
  new Delivery(
    {
      app: 'matching',
      database,
      clock: new SystemClock(),
      log: Log.silent(),
      metrics: new Metrics('matching'),
      parksPerMinute,
      inboxDays: 28,
      onPublished: () => undefined,
    },
    new Registry('matching', instances).consumers,
  );

const seen = async () => (await db.sql<{ sequence: string }>('select sequence from seen order by at')).length;
const letters = () =>
  db.sql<{ state: string; reason: string; first_error: string; key: string }>(
    'select state, reason, first_error, key from dead_letter order by seq',
  );
const spread = (events: ReturnType<typeof resumed>[], partitions = 12): Arrived[][] => {
  const all = Array.from({ length: partitions }, (): Arrived[] => []);
  events.forEach((event, at) => {
    const partition = Number.parseInt(event.key.slice(-4), 16) % partitions;
    all[partition]!.push(arrivedFrom(event, partition, at));
  });
  return all.filter(({ length }) => length > 0);
};

test('beside a crowded front door a consumer rests before its next turn, and does it all the same', async () => {
  const door = new FrontDoor(db.database, () => true, Log.silent());
  try {
    await eventually('it is heard', () => db.database.crowded());
    handler.takesMs = 100;
    const turn = async () => {
      const began = performance.now();
      await delivery.deliver(spread([resumed(uuidv7())]));
      return performance.now() - began;
    };
    expect(await turn()).toBeLessThan(400);
    expect(await turn()).toBeGreaterThan(190);
    expect(await turn()).toBeGreaterThan(390);
    expect(await seen()).toBe(3);
  } finally {
    await door.close();
  }
});

beforeAll(async () => {
  db = await testDatabase({ schema: 'matching' });
  await db.adminSql(
    `create table matching.seen (at bigint generated always as identity, key text, event_id uuid, sequence bigint)`,
  );
  await db.adminSql('grant all on matching.seen to matching');
  await db.adminSql('grant truncate on matching.inbox, matching.dead_letter, matching.journal to matching');
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.adminSql('truncate matching.seen, matching.inbox, matching.dead_letter, matching.journal');
  handler = new Remember();
  delivery = deliveryOf([handler]);
});

const errorOf = (code: string) => Object.assign(new Error(`planted ${code}`), { code });

describe('one poison among good events', () => {
  test('commits the other 499 and parks that one', async () => {
    const events = Array.from({ length: 500 }, () => resumed(uuidv7()));
    const poison = events[321]!.id;
    handler.refuse = (batch) => batch.some(({ id }) => id === poison) && new DomainError('no-such-thing');
    await delivery.deliver(spread(events));
    expect(await seen()).toBe(499);
    expect(await letters()).toEqual([
      expect.objectContaining({ state: 'retrying', reason: 'handler-failed', first_error: 'no-such-thing' }),
    ]);
    expect(handler.batches.length).toBeLessThan(40);
  });

  test('a row that Postgres refuses parks the same way, by its SQLSTATE', async () => {
    await db.adminSql('alter table matching.seen add constraint small check (sequence < 1000)');
    await delivery.deliver(spread([resumed(uuidv7(), 1), resumed(uuidv7(), 5000), resumed(uuidv7(), 2)]));
    await db.adminSql('alter table matching.seen drop constraint small');
    expect(await seen()).toBe(2);
    expect((await letters())[0]).toMatchObject({ first_error: '23514:small' });
  });

  test('what a failed attempt published is not in the journal', async () => {
    const events = Array.from({ length: 8 }, () => resumed(uuidv7()));
    handler.refuse = (batch) => batch.some(({ id }) => id === events[3]!.id) && new DomainError('no');
    await delivery.deliver(spread(events, 1));
    const filled = (await db.published()).reduce((sum, { data }) => sum + data.filled, 0);
    expect(filled).toBe(7);
  });

  test('later events of its key wait behind it, in order', async () => {
    const person = uuidv7();
    const events = [resumed(person, 1), paused(person, 2), resumed(person, 3), resumed(uuidv7(), 1)];
    handler.refuse = (batch) => batch.some(({ id }) => id === events[0]!.id) && new DomainError('no');
    await delivery.deliver(spread(events, 1));
    await delivery.deliver(spread([paused(person, 4)], 1));
    expect(await seen()).toBe(1);
    expect((await letters()).map(({ state }) => state)).toEqual(['retrying', 'following', 'following', 'following']);
  });
});

describe('a sick database never parks a good event', () => {
  test.each([
    ['deadlock', '40P01'],
    ['lock timeout', '55P03'],
    ['lost connection', '08006'],
    ['shutdown', '57P01'],
    ['too many connections', '53300'],
    ['socket', 'ECONNRESET'],
  ])('%s (%s): the whole batch goes back, nothing is parked', async (_, code) => {
    handler.refuse = () => errorOf(code);
    const events = Array.from({ length: 20 }, () => resumed(uuidv7()));
    await expect(delivery.deliver(spread(events))).rejects.toMatchObject({ code });
    expect(handler.batches).toHaveLength(1);
    expect(await letters()).toEqual([]);
    handler.refuse = () => undefined;
    await delivery.deliver(spread(events));
    expect(await seen()).toBe(20);
  });

  test('a real lock timeout parks nothing', async () => {
    const events = [resumed(uuidv7())];
    await db.database.transaction(async (tx) => {
      await sql(tx).query('lock table seen in exclusive mode');
      await expect(delivery.deliver(spread(events))).rejects.toMatchObject({ code: '55P03' });
    });
    expect(await letters()).toEqual([]);
  });

  describe('a statement that runs out of time', () => {
    /** Real, and short: Postgres itself ends what touches this event. */
    const heavy = (id: string) =>
      Object.assign(Object.create(Object.getPrototypeOf(handler)), handler, {
        handle: async (batch: Batch, tx: Tx) => {
          if (batch.some((event) => event.id === id)) {
            await sql(tx).query('set local statement_timeout = 30');
            await sql(tx).query('select pg_sleep(5)');
          }
          await Remember.prototype.handle.call(handler, batch, tx);
        },
      });
    const timeouts = async (of: Delivery, events: ReturnType<typeof resumed>[], times: number): Promise<void> => {
      for (let time = 0; time < times; time++)
        await expect(of.deliver(spread(events))).rejects.toMatchObject({ code: '57014' });
    };

    test('parks nothing four times; the fifth time the event that needs it is looked for, and the others go on', async () => {
      const events = Array.from({ length: 40 }, () => resumed(uuidv7()));
      const patient = deliveryOf([heavy(events[17]!.id)]);
      await timeouts(patient, events, 4);
      expect([await seen(), await letters()]).toEqual([0, []]);
      await patient.deliver(spread(events));
      expect(await seen()).toBe(39);
      expect(await letters()).toEqual([
        expect.objectContaining({ key: events[17]!.key, state: 'retrying', first_error: '57014' }),
      ]);
    });

    test('is counted anew after a batch that went through', async () => {
      const slow = resumed(uuidv7());
      const patient = deliveryOf([heavy(slow.id)]);
      await timeouts(patient, [slow], 4);
      await patient.deliver(spread([resumed(uuidv7())]));
      await timeouts(patient, [slow], 4);
      expect(await letters()).toEqual([]);
    });

    test('parks nothing, however often, while the database is slow to say even that it is there', async () => {
      const slow = resumed(uuidv7());
      const sick = Object.create(db.database, {
        read: { value: () => Promise.reject(errorOf('57014')) },
      }) as typeof db.database;
      await timeouts(deliveryOf([heavy(slow.id)], 1000, sick), [slow], 8);
      expect(await letters()).toEqual([]);
    });
  });

  test('a backend that is shot in the middle of the batch parks nothing', async () => {
    const events = [resumed(uuidv7())];
    let shot = false;
    handler.refuse = () => undefined;
    const slow = Object.assign(Object.create(Object.getPrototypeOf(handler)), handler, {
      handle: async (batch: Batch, tx: Tx) => {
        if (!shot) {
          shot = true;
          const [row] = await sql(tx).query<{ pid: number }>('select pg_backend_pid() as pid');
          await db.adminSql('select pg_terminate_backend($1)', [row!.pid]);
          await sql(tx).query('select 1');
        }
        await Remember.prototype.handle.call(handler, batch, tx);
      },
    });
    const shaky = deliveryOf([slow]);
    await expect(shaky.deliver(spread(events))).rejects.toThrow();
    expect(await letters()).toEqual([]);
    await shaky.deliver(spread(events));
    expect(await seen()).toBe(1);
  });
});

describe('at least once, effect once', () => {
  test('the same event three times, reordered, has one effect', async () => {
    const person = uuidv7();
    const [one, two] = [resumed(person, 1), paused(person, 2)];
    await delivery.deliver(spread([one, two, one], 1));
    await delivery.deliver(spread([two, one], 1));
    await delivery.deliver(spread([one], 1));
    expect(await db.sql('select sequence::int from seen order by at')).toEqual([{ sequence: 1 }, { sequence: 2 }]);
  });

  test('two events of one person in one batch come together, in log order', async () => {
    const person = uuidv7();
    await delivery.deliver(spread([resumed(person, 1), resumed(uuidv7(), 1), paused(person, 2)], 1));
    expect(handler.batches).toEqual([3]);
    expect(await db.sql('select sequence::int from seen where key = $1 order by at', [person])).toEqual([
      { sequence: 1 },
      { sequence: 2 },
    ]);
  });

  test('two deliveries of the same events at once have one effect', async () => {
    const events = Array.from({ length: 50 }, () => resumed(uuidv7()));
    const other = deliveryOf([handler]);
    await Promise.all([delivery.deliver(spread(events)), other.deliver(spread(events))]);
    expect(await seen()).toBe(50);
  });

  test('an event older than the inbox remembers is parked, never run', async () => {
    const id = `0192${uuidv7().slice(4)}`;
    expect(mintedAt(id)!.getFullYear()).toBeLessThan(2026);
    await delivery.deliver(spread([resumed(uuidv7(), 1, id)]));
    expect(await seen()).toBe(0);
    expect(await letters()).toEqual([expect.objectContaining({ state: 'parked', reason: 'too-old' })]);
  });
});

describe('bad input', () => {
  const good = () => arrivedFrom(resumed(uuidv7()), 0, 7);
  const changed = (change: Partial<Arrived>, headers: Record<string, string> = {}): Arrived => {
    const it = good();
    return { ...it, ...change, headers: { ...it.headers, ...headers } };
  };

  test.each<[string, () => Arrived, string]>([
    ['not JSON', () => changed({ value: Buffer.from('{"a":') }), 'not-json'],
    ['1 MB', () => changed({ value: Buffer.alloc(1_000_000, 0x20) }), 'too-large'],
    ['no body', () => changed({ value: null }), 'too-large'],
    ['wrong schema', () => changed({ value: Buffer.from('{"applicationId":"x"}') }), 'wrong-schema'],
    ['unknown version', () => changed({}, { ce_type: 'intake.application-resumed.v9' }), 'unknown-version'],
    ['unknown type', () => changed({}, { ce_type: 'intake.thing-done.v1' }), 'unknown-type'],
    ['another key than its data say', () => changed({ key: uuidv7() }), 'wrong-key'],
    ['a source that does not own the topic', () => changed({}, { ce_source: '/vetting' }), 'foreign-source'],
    ['no envelope', () => ({ ...good(), headers: {} }), 'bad-envelope'],
    [
      'binary rubbish',
      () => ({ ...good(), key: 'a\0b', headers: { x: '\0' }, value: Buffer.from([0, 255]) }),
      'bad-envelope',
    ],
  ])('%s is parked with a reason, and its neighbours have their effect', async (_, bad, reason) => {
    const neighbours = [resumed(uuidv7()), resumed(uuidv7())].map((event, at) => arrivedFrom(event, 0, at));
    const poison = bad();
    const started = performance.now();
    await delivery.deliver([[neighbours[0]!, poison, neighbours[1]!]]);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await seen()).toBe(2);
    expect(await letters()).toEqual([expect.objectContaining({ state: 'parked', reason })]);
    await delivery.deliver([[poison]]);
    expect(await letters()).toHaveLength(1);
  });

  test('an unknown version of an event that a consumer reads is parked for that consumer', async () => {
    await delivery.deliver([[changed({}, { ce_type: 'intake.application-resumed.v9' })]]);
    expect(await db.sql('select consumer from dead_letter')).toEqual([{ consumer: 'matching.remember' }]);
  });

  test('a forged message does not hold up the key it claims', async () => {
    const event = resumed(uuidv7());
    const forged = {
      ...arrivedFrom(event, 0, 1),
      headers: { ...arrivedFrom(event, 0, 1).headers, ce_source: '/vetting' },
    };
    await delivery.deliver([[{ ...forged, headers: { ...forged.headers, ce_id: uuidv7() } }]]);
    await delivery.deliver([[arrivedFrom(event, 0, 2)]]);
    expect(await seen()).toBe(1);
  });
});

test('what erased people did is dropped before the handler sees it', async () => {
  const person = uuidv7();
  await db.adminSql('insert into keyring.erased (person_id) values ($1)', [person]);
  await delivery.deliver(spread([resumed(person), resumed(uuidv7())]));
  expect(await seen()).toBe(1);
  expect(await letters()).toEqual([]);
});

describe('the news that a person was erased', () => {
  @Handles([ApplicationResumed, ApplicationErased], 'matching.forget', { from: 'beginning' })
  class Forget implements BatchHandler {
    readonly seen: string[] = [];
    async handle(events: Batch, tx: Tx): Promise<void> {
      if (events.some(({ type }) => type === ApplicationResumed.type)) throw new DomainError('no');
      this.seen.push(...events.map(({ key }) => key));
      tx.publish(
        OfferDeclined,
        events.map(({ key }) => declined(key)),
      );
    }
  }
  const erased = (applicationId: string) =>
    received(ApplicationErased, { applicationId, activationId: ACTIVATION, forumId: FORUM, at: NOON }, { sequence: 9 });
  const declined = (applicationId: string) => ({
    sequence: 1,
    data: { applicationId, activationId: ACTIVATION, forumId: FORUM, offerId: uuidv7(), needId: uuidv7(), at: NOON },
  });
  const NOON = '2026-11-22T12:00:00.000Z';

  test('waits behind no parked letter, and empties journal and letters of that person alone', async () => {
    const [ann, bob] = [uuidv7(), uuidv7()];
    const forget = new Forget();
    const both = deliveryOf([forget]);
    await both.deliver(spread([resumed(ann), resumed(ann, 2), resumed(bob)], 1));
    await db.transactions.run(async (tx) => tx.publish(OfferDeclined, [declined(ann), declined(bob)]));
    await db.adminSql('insert into keyring.erased (person_id) values ($1)', [ann]);
    await both.deliver(spread([erased(ann)], 1));
    expect(forget.seen).toEqual([ann]);
    const left = await db.sql('select key, state, body is null as empty from dead_letter order by seq');
    expect(left).toEqual([
      { key: ann, state: 'discarded', empty: true },
      { key: ann, state: 'discarded', empty: true },
      { key: bob, state: 'retrying', empty: false },
    ]);
    const said = (await db.published()).map(({ key, data }) => [key, 'offerId' in data]);
    expect(said).toEqual([
      [ann, false],
      [bob, true],
      // What the handler says of the erasure itself.
      [ann, true],
    ]);
  });

  test('leaves nothing for a rebuilt log to bring back: the empty event is dropped', async () => {
    const ann = uuidv7();
    await db.adminSql('insert into keyring.erased (person_id) values ($1)', [ann]);
    const empty = { ...arrivedFrom(resumed(ann), 0, 0), value: Buffer.from('{}') };
    await delivery.deliver([[empty]]);
    expect([await seen(), await letters()]).toEqual([0, []]);
  });
});

test('more than 20 parks a minute stop the consumer, and others go on', async () => {
  @Handles([ApplicationResumed], 'matching.other', { from: 'beginning' })
  class Other extends Remember {}
  const other = new Other();
  handler.refuse = () => new DomainError('no');
  const alarmed = deliveryOf([handler, other], 20);
  await alarmed.deliver(spread(Array.from({ length: 21 }, () => resumed(uuidv7()))));
  expect(alarmed.stoppedConsumers).toEqual(['matching.remember']);
  const late = resumed(uuidv7());
  await expect(alarmed.deliver(spread([late]))).rejects.toMatchObject({
    name: 'StopTopics',
    topics: ['intake.application'],
  });
  expect(await db.sql('select count(*)::int as n from seen')).toEqual([{ n: 22 }]);
  handler.refuse = () => undefined;
  alarmed.release('matching.remember');
  await alarmed.deliver(spread([late]));
  expect(await db.sql('select count(*)::int as n from seen')).toEqual([{ n: 23 }]);
});
