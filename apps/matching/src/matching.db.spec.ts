import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  ApplicationDeclined,
  ApplicationErased,
  ApplicationPaused,
  ApplicationResumed,
  ApplicationWithdrawn,
  AvailabilityGiven,
} from '@app/contracts';
import { FixedClock, received, type TestDatabase } from '@app/testing';
import { matching, matchingDatabase, type Matching } from './matching.fixture.js';

jest.setTimeout(60_000);

let it: Matching;
let db: TestDatabase;
const clock = new FixedClock(new Date());
beforeAll(async () => {
  db = await matchingDatabase(clock);
});
beforeEach(async () => {
  it = await matching(db, clock);
});
afterAll(() => db.close());

const admit = async (count: number, profile = {}) => {
  const events = Array.from({ length: count }, () => it.cleared(profile));
  await it.db.deliver(it.followVetting, events);
  return events.map(({ key }) => key);
};
const counts = async (needId: string) =>
  (await it.db.sql('select places, filled, open from need where need_id = $1', [needId]))[0];
const at = () => it.clock.now().toISOString();

describe('who is cleared', () => {
  test('joins the pool once, however often it is said, with true numbers', async () => {
    await it.need(2);
    const events = [1, 2, 3, 4].map(() => it.cleared());
    await it.db.deliver(it.followVetting, [...events, ...events]);
    await it.db.deliver(it.followVetting, events);
    const admitted = (await it.db.published()).map(({ data }) => [data.pool, data.people, data.places]);
    expect(admitted).toEqual([
      ['active', 1, 2],
      ['active', 2, 2],
      ['reserve', 3, 2],
      ['reserve', 4, 2],
    ]);
  });

  test('without a need that suits is in reserve with a date', async () => {
    await it.need(5, { outwardCode: 'BL1' });
    const [id] = await admit(1);
    expect(await it.said(id!)).toEqual(['application-admitted reserve']);
    const [event] = await it.db.published();
    expect(event!.data).toMatchObject({ people: 1, places: 0, nextContactAt: '2026-11-30T10:00:00.000Z' });
  });

  test('is known by their last profile, whichever topic brings it first', async () => {
    const event = it.cleared({ profileVersion: 1, outwardCode: 'OL1' });
    const { language, ageBand, roles, skills, vehicle, remoteOnly, slots, maxDistanceKm, availableFrom } = event.data;
    const later = received(AvailabilityGiven, {
      ...it.whose(event.key),
      language,
      ageBand,
      roles,
      skills,
      vehicle,
      remoteOnly,
      slots,
      maxDistanceKm,
      availableFrom,
      outwardCode: 'BL1',
      profileVersion: 2,
    });
    await it.db.deliver(it.followIntake, [later]);
    await it.db.deliver(it.followVetting, [event]);
    const [row] = await it.db.sql('select pool, profile, profile_version from member where application_id = $1', [
      event.key,
    ]);
    expect(row).toMatchObject({ pool: 'reserve', profile: { outwardCode: 'BL1' }, profile_version: 2 });
  });

  test('and had withdrawn before the news came is not admitted', async () => {
    const event = it.cleared();
    await it.db.deliver(it.followIntake, [received(ApplicationWithdrawn, { ...it.whose(event.key), at: at() })]);
    await it.db.deliver(it.followVetting, [event]);
    expect(await it.said(event.key)).toEqual([]);
  });
});

describe('a wave', () => {
  test('asks twice as many as there are places, fills them, and lets the others go', async () => {
    await admit(10);
    const needId = await it.need(3);
    expect(await it.makeOffers.sweep()).toBe(6);
    expect(await it.makeOffers.sweep()).toBe(0);
    const offers = await it.offers(needId);
    await it.db.deliver(
      it.followIntake,
      offers.slice(0, 3).map((offer) => it.answer(offer, 'accept')),
    );
    expect(await counts(needId)).toEqual({ places: 3, filled: 3, open: 3 });
    expect(await it.windUp.sweep()).toBe(3);
    expect(await counts(needId)).toEqual({ places: 3, filled: 3, open: 0 });
    expect(await it.said(offers[0]!.applicationId)).toEqual([
      'application-admitted reserve',
      'offer-made',
      'assignment-confirmed',
    ]);
    expect((await it.said(offers[5]!.applicationId)).at(-1)).toBe('offer-withdrawn places-filled');
  });

  test('goes to those who had the fewest offers; what lapses is offered to the next', async () => {
    const people = await admit(9);
    const needId = await it.need(1);
    for (let wave = 0; wave < 4; wave++) {
      await it.makeOffers.sweep();
      it.clock.advance(13 * 3_600_000);
      while ((await it.expireOffers.sweep()) > 0);
    }
    const asked = (await it.offers(needId)).map(({ applicationId }) => applicationId);
    expect(asked.length).toBeGreaterThanOrEqual(8);
    const times = people.map((id) => asked.filter((one) => one === id).length);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
    expect(await counts(needId)).toEqual({ places: 1, filled: 0, open: 0 });
  });

  test('reaches whoever comes after a search by a clock that ran ahead', async () => {
    await it.need(3);
    await admit(1);
    it.clock.advance(600_000);
    expect(await it.makeOffers.sweep()).toBe(1);
    it.clock.advance(-600_000);
    await admit(1);
    expect(await it.makeOffers.sweep()).toBe(1);
  });

  test('reaches nobody before the activation is active', async () => {
    await admit(3);
    await it.db.sql(`update activation set state = 'standby'`);
    await it.need(3);
    expect(await it.makeOffers.sweep()).toBe(0);
  });

  test('made by two instances at once is one wave', async () => {
    await admit(40);
    const needId = await it.need(10);
    await Promise.all([it.makeOffers.sweep(), it.makeOffers.sweep(), it.makeOffers.sweep()]);
    expect((await it.offers(needId)).length).toBe(20);
    expect(await counts(needId)).toEqual({ places: 10, filled: 0, open: 20 });
  });
});

test('twelve people accept the last four places at the same moment: four have them, eight are told', async () => {
  await admit(12);
  const needId = await it.need(6);
  await it.makeOffers.sweep();
  const offers = await it.offers(needId);
  expect(offers).toHaveLength(12);
  await it.db.sql('update need set places = 4 where need_id = $1', [needId]);
  await Promise.all(
    offers.map((offer) => it.db.transactions.run((tx) => it.followIntake.handle([it.answer(offer, 'accept')], tx))),
  );
  expect(await counts(needId)).toEqual({ places: 4, filled: 4, open: 0 });
  const said = (await it.db.published()).map(({ type }) => type);
  expect(said.filter((type) => type === 'matching.assignment-confirmed.v1')).toHaveLength(4);
  expect(said.filter((type) => type === 'matching.offer-refused.v1')).toHaveLength(8);
  const staffed = (await it.db.published()).filter(({ type }) => type === 'matching.need-staffed.v1');
  expect(staffed.map(({ data }) => data.filled)).toEqual([1, 2, 3, 4]);
});

describe('an answer', () => {
  const offered = async () => {
    await admit(1);
    const needId = await it.need(1);
    await it.makeOffers.sweep();
    return { needId, offer: (await it.offers(needId))[0]! };
  };

  test('delivered three times has its effect once', async () => {
    const { offer } = await offered();
    const event = it.answer(offer, 'accept');
    await it.db.deliver(it.followIntake, [event, event]);
    await it.db.deliver(it.followIntake, [event]);
    expect(await it.said(offer.applicationId)).toEqual([
      'application-admitted reserve',
      'offer-made',
      'assignment-confirmed',
    ]);
  });

  test('given in time counts although the offer lapsed before it came', async () => {
    const { offer } = await offered();
    const given = it.clock.now();
    it.clock.advance(24 * 3_600_000);
    expect(await it.expireOffers.sweep()).toBe(1);
    await it.db.deliver(it.followIntake, [it.answer(offer, 'accept', given)]);
    expect((await it.said(offer.applicationId)).slice(-2)).toEqual(['offer-lapsed', 'assignment-confirmed']);
  });

  test('to a place already taken is refused kindly, a cancelled place is offered again', async () => {
    const { needId, offer } = await offered();
    await it.db.deliver(it.followIntake, [it.answer(offer, 'accept')]);
    await it.db.deliver(it.followIntake, [it.answer(offer, 'cancel')]);
    expect((await it.said(offer.applicationId)).at(-1)).toBe('assignment-cancelled person-cancelled');
    const [other] = await admit(1);
    expect(await it.makeOffers.sweep()).toBe(1);
    expect((await it.offers(needId)).at(-1)?.applicationId).toBe(other);
  });

  test('by somebody else means nothing', async () => {
    const { needId, offer } = await offered();
    const [other] = await admit(1);
    await it.db.deliver(it.followIntake, [it.answer({ offerId: offer.offerId, applicationId: other! }, 'accept')]);
    expect(await counts(needId)).toEqual({ places: 1, filled: 0, open: 1 });
  });
});

describe('people who leave', () => {
  const serving = async () => {
    await admit(1);
    const needId = await it.need(1);
    await it.makeOffers.sweep();
    const [offer] = await it.offers(needId);
    await it.db.deliver(it.followIntake, [it.answer(offer!, 'accept')]);
    return { needId, id: offer!.applicationId };
  };

  test('give back their place when they withdraw, and what they told is forgotten when they are erased', async () => {
    const { needId, id } = await serving();
    await it.db.deliver(it.followIntake, [received(ApplicationWithdrawn, { ...it.whose(id), at: at() })]);
    expect(await counts(needId)).toEqual({ places: 1, filled: 0, open: 0 });
    expect((await it.said(id)).at(-1)).toBe('assignment-cancelled person-left');
    await it.db.deliver(it.followIntake, [received(ApplicationErased, { ...it.whose(id), at: at() })]);
    const [row] = await it.db.sql(
      'select pool, profile, latitude, cleared_roles from member where application_id = $1',
      [id],
    );
    expect(row).toEqual({ pool: 'left', profile: null, latitude: null, cleared_roles: [] });
    expect(await it.makeOffers.sweep()).toBe(0);
  });

  test('and are declined lose offers and places at once', async () => {
    const { needId, id } = await serving();
    await it.db.deliver(it.followVetting, [
      received(
        ApplicationDeclined,
        { ...it.whose(id), reason: 'other-risk', appealUntil: at(), at: at() },
        { sequence: 9 },
      ),
    ]);
    expect(await counts(needId)).toEqual({ places: 1, filled: 0, open: 0 });
    expect((await it.said(id)).at(-1)).toBe('assignment-cancelled clearance-ended');
  });

  test('rest without offers and come back into line', async () => {
    const [id] = await admit(1);
    await it.db.deliver(it.followIntake, [received(ApplicationPaused, { ...it.whose(id!), until: null, at: at() })]);
    await it.need(1);
    expect(await it.makeOffers.sweep()).toBe(0);
    await it.db.deliver(it.followIntake, [received(ApplicationResumed, { ...it.whose(id!), at: at() })]);
    expect(await it.makeOffers.sweep()).toBe(1);
  });
});

test('a cancelled need lets everybody go', async () => {
  await admit(4);
  const needId = await it.need(2);
  await it.makeOffers.sweep();
  const offers = await it.offers(needId);
  await it.db.deliver(it.followIntake, [it.answer(offers[0]!, 'accept')]);
  await it.cancelNeed(needId);
  expect(await it.windUp.sweep()).toBe(4);
  expect(await it.windUp.sweep()).toBe(0);
  expect(await counts(needId)).toEqual({ places: 2, filled: 0, open: 0 });
  expect((await it.said(offers[0]!.applicationId)).at(-1)).toBe('assignment-cancelled need-cancelled');
  expect((await it.said(offers[1]!.applicationId)).at(-1)).toBe('offer-withdrawn need-cancelled');
});

test('when needs come the reserve becomes active, and reserve again when they are filled', async () => {
  const people = await admit(6);
  const needId = await it.need(2);
  await it.reviewPool.sweep();
  const pools = async () =>
    (await it.db.sql('select pool from member order by cleared_at, application_id')).map(({ pool }) => pool);
  expect(await pools()).toEqual(['active', 'active', 'active', 'active', 'reserve', 'reserve']);
  await it.makeOffers.sweep();
  const offers = await it.offers(needId);
  await it.db.deliver(
    it.followIntake,
    offers.slice(0, 2).map((offer) => it.answer(offer, 'accept')),
  );
  await it.windUp.sweep();
  it.clock.advance(20_000);
  await it.reviewPool.sweep();
  expect(await pools()).toEqual(['active', 'active', 'reserve', 'reserve', 'reserve', 'reserve']);
  expect((await it.said(people[2]!)).at(-1)).toBe('application-admitted reserve');
});

test('the counts are absolute and said only when they move', async () => {
  await admit(10);
  const needId = await it.need(3);
  await it.makeOffers.sweep();
  await it.db.deliver(it.followIntake, [it.answer((await it.offers(needId))[0]!, 'accept')]);
  await it.tally.sweep();
  await it.tally.sweep();
  const tallies = (await it.db.published()).filter(({ type }) => type === 'matching.activation-tallied.v1');
  expect(tallies).toHaveLength(1);
  expect(tallies[0]!.data).toMatchObject({ reserve: 10, offered: 5, assigned: 1, places: { wanted: 3, filled: 1 } });
});
