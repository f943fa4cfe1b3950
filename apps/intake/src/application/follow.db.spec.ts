import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CommandBus } from '@nestjs/cqrs';
import { DAY, HOUR } from '@app/calendar';
import {
  ApplicationAdmitted,
  ApplicationCleared,
  AssignmentConfirmed,
  CheckSent,
  MessageFailed,
  MessageSent,
  OfferLapsed,
  OfferMade,
  TaskSet,
} from '@app/contracts';
import { uuidv7, type Received } from '@app/messaging';
import { received } from '@app/testing';
import { ACTIVATION, form, FORUM, newKey, NOW, openHouse, PARTNER, type House } from '../house/house.fixture.js';
import { ReleaseHeld } from '../messages/release-held.sweeper.js';
import { JudgePromises } from '../promise/judge-promises.sweeper.js';
import { KeepPromiseOnMessageSent } from '../promise/keep-promise-on-message-sent.handler.js';
import { SendNoNews } from '../promise/send-no-news.sweeper.js';
import { SubmitApplication } from '../submit/submit-application.command.js';
import { TallySweeper } from '../tally/tally.sweeper.js';
import { FollowMatching } from './follow-matching.handler.js';
import { FollowVetting } from './follow-vetting.handler.js';

jest.setTimeout(120_000);
let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

const apply = async (over: Record<string, unknown> = {}): Promise<string> =>
  (await house.get(CommandBus).execute(new SubmitApplication(newKey(), PARTNER, form(over), 'en'))).applicationId;
const ids = (applicationId: string) => ({ applicationId, activationId: ACTIVATION, forumId: FORUM });
const at = (hours = 0): string => new Date(NOW.getTime() + hours * HOUR).toISOString();
const row = async (id: string) => (await house.db.sql('select * from application where id = $1', [id]))[0];
const requested = async (id: string) =>
  (await house.db.published()).filter(({ type, key }) => type === 'intake.message-requested.v1' && key === id);
const outcomes = async (id: string): Promise<string[]> =>
  (await house.db.sql('select outcome from promise_outcome where application_id = $1 order by id', [id])).map(
    ({ outcome }) => outcome,
  );

const taskSet = (id: string, sequence: number, over: object = {}) =>
  received(TaskSet, { ...ids(id), task: 'identity', reason: 'first', at: at(), ...over }, { sequence });
const checkSent = (id: string, sequence: number) =>
  received(CheckSent, { ...ids(id), check: 'identity', at: at(1) }, { sequence });
const cleared = (id: string, sequence: number) =>
  received(
    ApplicationCleared,
    {
      ...ids(id),
      tier: 'low',
      clearedRoles: ['sandbags'],
      clearedAt: at(2),
      language: 'en',
      ageBand: '18-plus',
      roles: ['sandbags'],
      skills: [],
      vehicle: false,
      remoteOnly: false,
      outwardCode: 'OL1',
      slots: ['weekday-morning'],
      maxDistanceKm: 10,
      availableFrom: '2026-11-24',
      profileVersion: 1,
    },
    { sequence },
  );
const shift = { roleTitle: { en: 'Sandbags', cy: 'Bagiau tywod' }, place: 'Oldham', startsAt: at(72), endsAt: at(76) };
const offer = (id: string, offerId: string) =>
  received(OfferMade, {
    ...ids(id),
    offerId,
    needId: uuidv7(),
    roleCode: 'sandbags',
    ...shift,
    respondBy: at(4),
    wave: 1,
    reasons: ['nearby'],
    at: at(3),
  });

/** Matching's word about the pool, which says clearance too. */
const admitted = (id: string, pool: 'active' | 'reserve' = 'active') =>
  received(ApplicationAdmitted, {
    ...ids(id),
    pool,
    people: 412,
    places: 60,
    nextContactAt: at(7 * 24),
    at: at(3),
  });

describe('what vetting said', () => {
  test('delivered three times has its effect once', async () => {
    const id = await apply();
    const event = taskSet(id, 1);
    for (let n = 0; n < 3; n++) await house.db.deliver(house.get(FollowVetting), [event]);
    expect(await row(id)).toMatchObject({
      state: 'awaiting-applicant',
      promises: 2,
      promise_rule: 'awaiting-applicant',
    });
    expect((await requested(id)).map(({ data }) => data.kind)).toEqual(['M2', 'M4']);
  });

  test('ends in the same state whichever way round it came', async () => {
    const [a, b] = [await apply(), await apply()];
    const facts = (id: string) => [taskSet(id, 1), checkSent(id, 2), cleared(id, 3)];
    for (const event of facts(a)) await house.db.deliver(house.get(FollowVetting), [event]);
    for (const event of facts(b).reverse()) await house.db.deliver(house.get(FollowVetting), [event]);
    await house.db.deliver(house.get(FollowMatching), [admitted(a), admitted(b)]);
    const clear = ({ state, promise_rule, promise_due_at, vetting_sequence }: any) => ({
      state,
      promise_rule,
      promise_due_at,
      vetting_sequence,
    });
    expect(clear(await row(b))).toEqual(clear(await row(a)));
    const timeline = async (id: string) =>
      house.db.sql('select at, code from timeline where application_id = $1 order by at, code', [id]);
    expect(await timeline(b)).toEqual(await timeline(a));
    expect((await requested(b)).map(({ data }) => data.kind)).toEqual(['M2', 'M6']);
  });

  test('of two hundred people in one batch is one change each, with the due date in the message', async () => {
    const people = await Promise.all(Array.from({ length: 200 }, () => apply()));
    await house.db.deliver(
      house.get(FollowVetting),
      people.flatMap((id) => [taskSet(id, 1), checkSent(id, 2), cleared(id, 3)]),
    );
    await house.db.deliver(
      house.get(FollowMatching),
      people.map((id) => admitted(id)),
    );
    const rows = await house.db.sql('select id, state, promises, promise_due_at from application where id = any($1)', [
      people,
    ]);
    for (const one of rows) expect(one).toMatchObject({ state: 'cleared', promises: 2 });
    const messages = (await house.db.published()).filter(
      ({ type, key }) => type === 'intake.message-requested.v1' && people.includes(key),
    );
    expect(messages.filter(({ data }) => data.kind === 'M6')).toHaveLength(200);
    const due = new Map(rows.map((one) => [one.id, one.promise_due_at.toISOString()]));
    for (const { key, data } of messages.filter(({ data }) => data.kind === 'M6'))
      expect(data.promiseDueAt).toBe(due.get(key));
  });

  test('about somebody unknown is no error', async () => {
    await house.db.deliver(house.get(FollowVetting), [taskSet(uuidv7(), 1)]);
  });
});

describe('what matching said', () => {
  test('puts an offer on the page, and its end before its beginning does not show an open offer', async () => {
    const id = await apply();
    const [made, late] = [uuidv7(), uuidv7()];
    const lapsed = received(OfferLapsed, { ...ids(id), offerId: late, needId: uuidv7(), at: at(5) });
    await house.db.deliver(house.get(FollowMatching), [offer(id, made), lapsed]);
    await house.db.deliver(house.get(FollowMatching), [offer(id, late)]);
    const offers = await house.db.sql('select id, state, role_title from offer where application_id = $1', [id]);
    expect(new Map(offers.map((one) => [one.id, one.state]))).toEqual(
      new Map([
        [made, 'sent'],
        [late, 'lapsed'],
      ]),
    );
    expect(offers.every((one) => one.role_title !== null)).toBe(true);
    const kinds = (await requested(id)).map(({ data }) => data.kind);
    expect(kinds.filter((kind) => kind === 'M8')).toHaveLength(1);
  });

  test('tells the reserve its numbers, and the assigned their shift', async () => {
    const id = await apply();
    await house.db.deliver(house.get(FollowVetting), [cleared(id, 1)]);
    await house.db.deliver(house.get(FollowMatching), [admitted(id, 'reserve')]);
    expect(await row(id)).toMatchObject({ pool: 'reserve', people: 412, promise_rule: 'pool' });
    const offerId = uuidv7();
    await house.db.deliver(house.get(FollowMatching), [
      offer(id, offerId),
      received(AssignmentConfirmed, { ...ids(id), offerId, needId: uuidv7(), ...shift, at: at(4) }),
    ]);
    expect(await row(id)).toMatchObject({ promise_rule: 'assigned' });
    const messages = (await requested(id)).map(({ data }) => data);
    expect(messages.find(({ kind }) => kind === 'M9').facts).toEqual({
      people: 412,
      places: 60,
      conditional: false,
    });
    expect(messages.find(({ kind }) => kind === 'M12').facts).toMatchObject({ offerId, place: 'Oldham' });
  });
});

describe('a promise', () => {
  const sent = (id: string, messageId: string, sentAt: string) =>
    received(MessageSent, { ...ids(id), messageId, kind: 'M6', transport: 'email', sentAt }, { at: new Date(sentAt) });
  const clearedOne = async (): Promise<{ id: string; messageId: string }> => {
    const id = await apply();
    await house.db.deliver(house.get(FollowVetting), [cleared(id, 1)]);
    await house.db.deliver(house.get(FollowMatching), [admitted(id)]);
    const message = (await requested(id)).find(({ data }) => data.kind === 'M6')!;
    return { id, messageId: message.data.messageId };
  };

  test('is kept with news by a message sent in time, once, whatever the number of transports', async () => {
    const { id, messageId } = await clearedOne();
    await house.db.deliver(house.get(KeepPromiseOnMessageSent), [
      sent(id, messageId, at(2)),
      sent(id, messageId, at(3)),
    ]);
    await house.db.deliver(house.get(KeepPromiseOnMessageSent), [sent(id, messageId, at(4))]);
    expect(await outcomes(id)).toEqual(['kept-with-news']);
  });

  test('is broken by a message sent late, whenever its news arrives', async () => {
    const { id, messageId } = await clearedOne();
    await house.db.deliver(house.get(KeepPromiseOnMessageSent), [sent(id, messageId, at(24 * 9))]);
    expect(await outcomes(id)).toEqual(['broken']);
  });

  test('that was called broken in the dark is corrected when its message turns out to have been sent in time', async () => {
    house.clock.set(NOW);
    const { id, messageId } = await clearedOne();
    house.clock.advance(30 * DAY);
    while ((await house.get(JudgePromises).sweep()) > 0);
    expect(await outcomes(id)).toContain('broken');
    await house.db.deliver(house.get(KeepPromiseOnMessageSent), [sent(id, messageId, at(3))]);
    expect((await outcomes(id)).at(-1)).toBe('kept-with-news');
    house.clock.set(NOW);
  });

  test('whose message reached nobody calls a human and counts as not reached', async () => {
    const { id, messageId } = await clearedOne();
    await house.db.deliver(house.get(KeepPromiseOnMessageSent), [
      received(MessageFailed, {
        ...ids(id),
        messageId,
        kind: 'M6',
        transport: 'email',
        reason: 'permanent-failure',
        at: at(3),
      }),
    ]);
    const after = await row(id);
    expect(after.contact_state).toBe('unreachable');
    expect(after.human_since).not.toBeNull();
    house.clock.advance(10 * DAY);
    while ((await house.get(JudgePromises).sweep()) > 0);
    expect(await outcomes(id)).toContain('not-reached');
    house.clock.set(NOW);
  });

  test('without news gets an honest word before its day, three times, then a human; nothing is broken', async () => {
    house.clock.set(NOW);
    const id = await apply();
    const watch = async () => {
      while ((await house.get(SendNoNews).sweep()) > 0);
      for (const { data } of await requested(id))
        await house.db.deliver(house.get(KeepPromiseOnMessageSent), [
          received(
            MessageSent,
            {
              ...ids(id),
              messageId: data.messageId,
              kind: data.kind,
              transport: 'email',
              sentAt: house.clock.now().toISOString(),
            },
            { at: house.clock.now() },
          ),
        ]);
    };
    for (let hour = 0; hour < 24 * 16; hour += 2) {
      house.clock.advance(2 * HOUR);
      const { promise_act_at } = await row(id);
      if (promise_act_at !== null && promise_act_at <= house.clock.now()) await watch();
    }
    expect((await requested(id)).map(({ data }) => data.kind)).toEqual(['M2', 'no-news', 'no-news', 'no-news']);
    expect(await outcomes(id)).toEqual(['kept-no-news', 'kept-no-news', 'kept-no-news']);
    expect((await row(id)).human_since).not.toBeNull();
    house.clock.set(NOW);
  });

  test('cannot be forgotten by anybody who writes a state', async () => {
    const id = await apply();
    await expect(
      house.db.sql('update application set promise_due_at = null where id = $1', [id]),
    ).rejects.toMatchObject({ code: '23514' });
    await expect(
      house.db.sql("update application set promise_due_at = promise_made_at + interval '15 days' where id = $1", [id]),
    ).rejects.toMatchObject({ code: '23514' });
    await expect(house.db.sql('update promise_outcome set outcome = outcome')).rejects.toMatchObject({ code: '42501' });
    await expect(house.db.sql('delete from disclosure')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('messages held back', () => {
  const told = async (people: readonly string[]): Promise<number> =>
    (await house.db.published()).filter(
      ({ type, key }) => type === 'intake.message-requested.v1' && people.includes(key),
    ).length;
  const crowd = (size: number, email: string): Promise<string[]> =>
    Promise.all(Array.from({ length: size }, (_, n) => apply({ email, givenName: `Ann${'a'.repeat(1 + n)}` })));
  const inBatchesOf = (size: number, people: readonly string[], handler: object, event: (id: string) => Received) =>
    Promise.all(
      Array.from({ length: Math.ceil(people.length / size) }, (_, n) =>
        house.db.deliver(handler, people.slice(n * size, (n + 1) * size).map(event)),
      ),
    );

  test('of one contact that many share are three a day, also when one batch or several at once tell them all', async () => {
    const people = await crowd(12, 'shared@example.org');
    expect(await told(people)).toBe(3);
    house.clock.set(new Date(NOW.getTime() + DAY));
    await inBatchesOf(12, people, house.get(FollowVetting), (id) => taskSet(id, 1));
    expect(await told(people)).toBe(6);
    house.clock.set(new Date(NOW.getTime() + 2 * DAY));
    await inBatchesOf(3, people, house.get(FollowVetting), (id) => cleared(id, 2));
    await inBatchesOf(3, people, house.get(FollowMatching), (id) => admitted(id));
    expect(await told(people)).toBe(9);
    house.clock.set(NOW);
  });

  test('a contact with more forms than are looked at has had enough', async () => {
    const people = await crowd(54, 'crowd@example.org');
    house.clock.set(new Date(NOW.getTime() + DAY));
    await inBatchesOf(54, people, house.get(FollowVetting), (id) => taskSet(id, 1));
    expect(await told(people)).toBe(3);
    house.clock.set(NOW);
  });

  test('go out on the next day, three of them', async () => {
    house.clock.set(NOW);
    const email = 'held@example.org';
    const people = await Promise.all(
      Array.from({ length: 6 }, (_, n) => apply({ email, givenName: `Ann${'abcdef'[n]}` })),
    );
    const sentTo = async () =>
      (await house.db.published()).filter(
        ({ type, key }) => type === 'intake.message-requested.v1' && people.includes(key),
      ).length;
    expect(await sentTo()).toBe(3);
    expect(await house.get(ReleaseHeld).sweep()).toBe(0);
    house.clock.advance(DAY);
    await house.get(ReleaseHeld).sweep();
    expect(await sentTo()).toBe(6);
    house.clock.set(NOW);
  });
});

test('the tally is absolute, told when it differs, and agrees with the rows', async () => {
  const tallies = async () =>
    (await house.db.published()).filter(({ type }) => type === 'intake.activation-tallied.v1');
  while ((await house.get(TallySweeper).sweep()) > 0);
  const told = await tallies();
  await house.get(TallySweeper).sweep();
  expect((await tallies()).length).toBe(told.length);
  const { data } = told.at(-1)!;
  const rows = await house.db.sql(
    'select state, count(*)::int as n, count(promise_due_at)::int as open from application where activation_id = $1 group by 1',
    [ACTIVATION],
  );
  expect(data.applied).toBe(rows.reduce((sum, { n }) => sum + n, 0));
  expect(data.promises.open).toBe(rows.reduce((sum, { open }) => sum + open, 0));
  for (const { state, n } of rows) expect([state, data.byState[state]]).toEqual([state, n]);
  await apply();
  await house.get(TallySweeper).sweep();
  expect((await tallies()).at(-1)!.data.applied).toBe(data.applied + 1);
});
