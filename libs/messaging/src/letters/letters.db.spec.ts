import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ApplicationWithdrawn } from '@app/contracts';
import { DomainError, type Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { Log, Metrics } from '@app/telemetry';
import { FixedClock, arrivedFrom, received, testDatabase, type TestDatabase } from '@app/testing';
import { Delivery } from '../delivery/delivery.js';
import { Handles, type BatchHandler } from '../delivery/handles.js';
import type { Batch } from '../delivery/received.js';
import { Registry } from '../delivery/registry.js';
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
import { uuidv7 } from '../uuid.js';
import { scrub } from '../scrub.js';
import { Letters } from './letters.js';

const OFFICER = uuidv7();
const SECOND = uuidv7();

@Handles([ApplicationResumed, ApplicationPaused, ApplicationWithdrawn], 'matching.remember', { from: 'beginning' })
class Remember implements BatchHandler {
  refuse: (events: Batch) => unknown = () => undefined;
  async handle(events: Batch, tx: Tx): Promise<void> {
    await sql(tx).insert(
      'seen',
      { key: 'text', event_id: 'uuid', sequence: 'bigint' },
      events.map(({ key, id, sequence }) => ({ key, event_id: id, sequence })),
    );
    tx.publish(NeedStaffed, [staffed(uuidv7(), events.length)]);
    const error = this.refuse(events);
    if (error) throw error;
  }
}

let db: TestDatabase;
let clock: FixedClock;
let handler: Remember;
let delivery: Delivery;
let letters: Letters;

beforeAll(async () => {
  db = await testDatabase({ schema: 'matching' });
  await db.adminSql(`create table matching.seen (at bigint generated always as identity, key text, event_id uuid, sequence bigint);
    grant all on matching.seen to matching`);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.adminSql(
    'truncate matching.seen, matching.inbox, matching.dead_letter, matching.journal, matching.letter_act',
  );
  clock = new FixedClock(new Date('2026-11-22T10:00:00Z'));
  handler = new Remember();
  const registry = new Registry('matching', [handler]);
  const common = { app: 'matching', database: db.database, clock, log: Log.silent(), onPublished: () => undefined };
  delivery = new Delivery(
    { ...common, metrics: new Metrics('matching'), parksPerMinute: 1000, inboxDays: 28 },
    registry.consumers,
  );
  letters = new Letters({ ...common, registry, redeliver: (arrived) => delivery.deliver([[arrived]]) });
});

const arrived = (...events: ReturnType<typeof resumed>[]): Arrived[][] => [
  events.map((event, at) => arrivedFrom(event, 0, at)),
];
const seen = async (): Promise<number[]> =>
  (await db.sql<{ sequence: number }>('select sequence::int as sequence from seen order by at')).map(
    (row) => row.sequence,
  );
const states = async (): Promise<string[]> =>
  (await db.sql<{ state: string }>('select state from dead_letter order by seq')).map(({ state }) => state);
const refusing = (...ids: string[]) => {
  handler.refuse = (batch) => batch.some(({ id }) => ids.includes(id)) && new DomainError('no-such-thing');
};
const acts = () => db.sql<{ act: string; outcome: string }>('select act, outcome from letter_act order by at');

/** One that fails and three behind it. */
const parkedPerson = async () => {
  const person = uuidv7();
  const events = [resumed(person, 1), paused(person, 2), resumed(person, 3), paused(person, 4)] as const;
  refusing(events[0].id);
  await delivery.deliver(arrived(...events));
  const [first] = await letters.list();
  return { person, events, id: (await letters.list()).at(-1)?.id ?? first!.id };
};

describe('retry', () => {
  test('a letter is tried three times within half a minute, then a person decides', async () => {
    await parkedPerson();
    const times: number[] = [];
    for (let second = 0; second < 60; second++) {
      clock.advance(1000);
      if ((await letters.retryDue()) > 0) times.push(second + 1);
    }
    expect(times).toEqual([1, 6, 21]);
    expect(await states()).toEqual(['parked', 'following', 'following', 'following']);
    expect(await letters.open()).toMatchObject({ retrying: 0, parked: 1, following: 3 });
  });

  test.each([0, 1])(
    'what a clock that ran ahead has put off after %i tries is due when the clock is right',
    async (tries) => {
      clock.advance(600_000);
      await parkedPerson();
      for (let n = 0; n < tries; n++) {
        clock.advance(1000);
        await letters.retryDue();
      }
      expect(await letters.retryDue()).toBe(0);
      clock.advance(-600_000);
      expect(await letters.retryDue()).toBe(1);
    },
  );

  test('when it works, those behind it follow in order, in the same transaction', async () => {
    await parkedPerson();
    handler.refuse = () => undefined;
    clock.advance(1000);
    expect(await letters.retryDue()).toBe(1);
    expect(await seen()).toEqual([1, 2, 3, 4]);
    expect(await states()).toEqual(['replayed', 'replayed', 'replayed', 'replayed']);
  });

  test('when one behind it fails, it is the first from then on; what was before it stands', async () => {
    const { events } = await parkedPerson();
    refusing(events[2].id);
    clock.advance(1000);
    await letters.retryDue();
    expect(await seen()).toEqual([1, 2]);
    expect(await states()).toEqual(['replayed', 'replayed', 'retrying', 'following']);
    expect((await db.published()).map(({ data }) => data.filled)).toEqual([1, 1]);
  });

  test('a sick database uses up no try', async () => {
    await parkedPerson();
    handler.refuse = () => Object.assign(new Error('planted'), { code: '40P01' });
    clock.advance(1000);
    await expect(letters.retryDue()).rejects.toMatchObject({ code: '40P01' });
    expect(await db.sql('select attempts from dead_letter order by seq limit 1')).toEqual([{ attempts: 0 }]);
  });

  test('one that runs out of time uses up its tries, first with those behind it and then alone', async () => {
    const { events } = await parkedPerson();
    const batches: number[] = [];
    handler.refuse = (batch) => {
      batches.push(batch.length);
      const message = 'canceling statement due to statement timeout';
      return batch.some(({ id }) => id === events[0].id) && Object.assign(new Error(message), { code: '57014' });
    };
    for (let second = 0; second < 60; second++) {
      clock.advance(1000);
      await letters.retryDue();
    }
    expect(batches).toEqual([4, 1, 1]);
    expect(await states()).toEqual(['parked', 'following', 'following', 'following']);
    expect(await db.sql('select attempts, last_error from dead_letter order by seq limit 1')).toEqual([
      { attempts: 3, last_error: '57014' },
    ]);
  });

  test('an event that comes while its key waits goes behind the others, and is drained with them', async () => {
    const { person } = await parkedPerson();
    await delivery.deliver(arrived(resumed(person, 5)));
    handler.refuse = () => undefined;
    clock.advance(1000);
    await letters.retryDue();
    expect(await seen()).toEqual([1, 2, 3, 4, 5]);
    await delivery.deliver(arrived(resumed(person, 6)));
    expect(await seen()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a delivery and a replay at once keep the order of the key', async () => {
    const { person } = await parkedPerson();
    handler.refuse = () => undefined;
    const later = Array.from({ length: 20 }, (_, at) => resumed(person, at + 5));
    const delivering = (async () => {
      for (const event of later) await delivery.deliver(arrived(event));
    })();
    clock.advance(1000);
    while ((await letters.open()).retrying + (await letters.open()).following > 0) await letters.retryDue();
    await delivering;
    while ((await letters.open()).following + (await letters.open()).retrying > 0) {
      clock.advance(1000);
      await letters.retryDue();
    }
    expect(await seen()).toEqual(Array.from({ length: 24 }, (_, at) => at + 1));
  });

  test('more followers than one transaction drains are drained in the next', async () => {
    const person = uuidv7();
    const events = Array.from({ length: 450 }, (_, at) => resumed(person, at + 1));
    refusing(events[0]!.id);
    await delivery.deliver(arrived(...events));
    handler.refuse = () => undefined;
    clock.advance(1000);
    for (let round = 0; round < 3; round++) await letters.retryDue();
    expect(await seen()).toEqual(events.map((_, at) => at + 1));
  });
});

describe('replay', () => {
  test('a follower cannot be replayed before the first of its key', async () => {
    const { events } = await parkedPerson();
    handler.refuse = () => undefined;
    const all = await letters.list();
    const follower = all.find(({ eventId }) => eventId === events[2].id)!;
    expect(await letters.replay(follower.id, OFFICER)).toEqual({ is: 'refused', code: 'waits-in-order' });
  });

  test('says that it still fails, why, and who asked', async () => {
    const { id } = await parkedPerson();
    expect(await letters.replay(id, OFFICER)).toEqual({ is: 'still-failing', code: 'no-such-thing' });
    expect(await acts()).toEqual([{ act: 'replay', outcome: 'still-failing' }]);
    expect(await letters.get(id)).toMatchObject({ followers: 3, protected: false, attempts: 1 });
  });

  test('of many at once goes on past those that fail', async () => {
    const poison = Array.from({ length: 5 }, () => resumed(uuidv7()));
    refusing(...poison.map(({ id }) => id));
    await delivery.deliver(arrived(...poison));
    refusing(poison[2]!.id);
    expect(await letters.replayAll({ consumer: 'matching.remember' }, OFFICER)).toEqual({ replayed: 4, failing: 1 });
    expect(await letters.replay(uuidv7(), OFFICER)).toEqual({ is: 'refused', code: 'not-found' });
  });

  test('a letter that was replayed is not replayed twice', async () => {
    const { id } = await parkedPerson();
    handler.refuse = () => undefined;
    const outcomes = await Promise.all([letters.replay(id, OFFICER), letters.replay(id, SECOND)]);
    expect(outcomes.map(({ is }) => is).sort()).toEqual(['refused', 'replayed']);
    expect(await seen()).toEqual([1, 2, 3, 4]);
  });

  test('of a version this build has learned happens at start, and reaches whoever reads it now', async () => {
    const event = resumed(uuidv7(), 7);
    const unknown = arrivedFrom(event, 0, 1);
    await delivery.deliver([[{ ...unknown, headers: { ...unknown.headers, ce_type: 'intake.thing-done.v1' } }]]);
    expect(await letters.replayLearned()).toBe(0);
    expect(await db.sql('select consumer, reason from dead_letter')).toEqual([
      { consumer: 'matching.unread', reason: 'unknown-type' },
    ]);
    // As if the build had learned the type meanwhile.
    await db.sql(`update dead_letter set type = $1, headers = jsonb_set(headers, '{ce_type}', to_jsonb($1::text))`, [
      ApplicationResumed.type,
    ]);
    expect(await letters.replayLearned()).toBe(1);
    expect(await seen()).toEqual([7]);
    expect(await states()).toEqual(['replayed']);
  });

  test('of an erased person ends the letter without running it', async () => {
    const { person, id } = await parkedPerson();
    await db.adminSql('insert into keyring.erased (person_id) values ($1)', [person]);
    handler.refuse = () => undefined;
    await letters.replay(id, OFFICER);
    expect(await seen()).toEqual([]);
    expect(await states()).toEqual(['discarded', 'discarded', 'discarded', 'discarded']);
  });
});

describe('edit and discard (S3)', () => {
  const data = (applicationId: string) => ({
    applicationId,
    activationId: ACTIVATION,
    forumId: FORUM,
    at: '2026-11-22T11:00:00.000Z',
  });
  const withdrawn = () => received(ApplicationWithdrawn, data(uuidv7()), { sequence: 3 });

  test('an edit keeps the original, and the letter is tried anew', async () => {
    const { person, id } = await parkedPerson();
    expect(await letters.edit(id, data(person), OFFICER, 'wrong time')).toEqual({ is: 'edited' });
    const [row] = await db.sql('select body, original from dead_letter order by seq limit 1');
    expect(JSON.parse(row.body.toString()).at).toBe('2026-11-22T11:00:00.000Z');
    expect(JSON.parse(row.original.toString()).at).toBe('2026-11-22T10:00:00.000Z');
    handler.refuse = () => undefined;
    await letters.retryDue();
    expect(await seen()).toEqual([1, 2, 3, 4]);
  });

  test('whose event it is and of which forum cannot be edited, nor can it become nonsense', async () => {
    const { person, id } = await parkedPerson();
    expect(await letters.edit(id, data(uuidv7()), OFFICER, '')).toMatchObject({ code: 'immutable' });
    expect(await letters.edit(id, { ...data(person), forumId: uuidv7() }, OFFICER, '')).toMatchObject({
      code: 'immutable',
    });
    expect(await letters.edit(id, { ...data(person), note: 'x' }, OFFICER, '')).toMatchObject({ code: 'wrong-schema' });
    expect((await acts()).map(({ outcome }) => outcome)).toEqual(['immutable', 'immutable', 'wrong-schema']);
  });

  test('what ends something for a person is never edited, and two people discard it', async () => {
    const event = withdrawn();
    refusing(event.id);
    await delivery.deliver(arrived(event));
    const id = (await letters.list())[0]!.id;
    expect(await letters.edit(id, event.data, OFFICER, 'why not')).toEqual({ is: 'refused', code: 'protected-type' });
    expect(await letters.discard(id, 'not needed', OFFICER)).toEqual({ is: 'second-person-needed' });
    expect(await letters.discard(id, 'not needed', OFFICER)).toEqual({ is: 'refused', code: 'same-person' });
    expect(await states()).toEqual(['retrying']);
    expect(await letters.discard(id, 'not needed', SECOND)).toEqual({ is: 'discarded' });
    expect(await states()).toEqual(['discarded']);
    expect((await acts()).map(({ act }) => act)).toEqual(['edit', 'discard-asked', 'discard', 'discard']);
  });

  test('after a discard the next of the key is tried at once', async () => {
    const { id } = await parkedPerson();
    expect(await letters.discard(id, 'cannot be mended', OFFICER)).toEqual({ is: 'discarded' });
    await letters.retryDue();
    expect(await seen()).toEqual([2, 3, 4]);
  });
});

test('erasing a person empties their letters, but not the letter that tells of the erasure', async () => {
  const { person } = await parkedPerson();
  await db.transactions.run((tx: Transaction) => scrub(tx, [person]));
  expect(await db.sql('select distinct state, body, original from dead_letter')).toEqual([
    { state: 'discarded', body: null, original: null },
  ]);
});
