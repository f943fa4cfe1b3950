import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Need } from '../demand/need.js';
import { newMember, type Member } from '../pool/member.js';
import { answeredOffer, endedOffer, lapsedOffer, offered, type Floor, type PlaceFact } from './places.decider.js';

const START = new Date('2026-11-23T10:00:00Z');
const at = (minutes: number): Date => new Date(START.getTime() + minutes * 60_000);
const need = (needId: string, places: number): Need => ({
  needId,
  activationId: 'a',
  forumId: 'f',
  organisationName: 'Somebody',
  roleCode: 'sandbags',
  places,
  filled: 0,
  open: 0,
  accepted: 0,
  closed: 0,
  wave: 0,
  outwardCode: null,
  district: null,
  latitude: null,
  longitude: null,
  startsAt: at(600),
  endsAt: at(800),
  skills: [],
  remote: false,
  state: 'open',
  version: 0,
  windUp: false,
  lookedAt: null,
  exhausted: false,
});
const member = (applicationId: string): Member => ({
  ...newMember({ applicationId, activationId: 'a', forumId: 'f' }, START),
  pool: 'active',
  clearedRoles: ['sandbags'],
});
const floorOf = (needs: Need[], people: number): Floor => ({
  needs: new Map(needs.map((one) => [one.needId, one])),
  offers: new Map(),
  members: new Map(Array.from({ length: people }, (_, index) => [`p${index}`, member(`p${index}`)])),
  shifts: [],
});
const offer = (floor: Floor, offerId: string, needId: string, applicationId: string, minutes = 0) =>
  offered(floor, { offerId, needId, applicationId, respondBy: at(60), wave: 1 }, [], at(minutes));
const say = (floor: Floor, offerId: string, who: string, answer: 'accept' | 'decline' | 'cancel', minutes: number) =>
  answeredOffer(floor, { offerId, applicationId: who, answer, at: at(minutes) }, at(minutes));

test('two accept the last place: the first has it, the second is told', () => {
  const floor = floorOf([need('n', 1)], 2);
  offer(floor, 'o1', 'n', 'p0');
  offer(floor, 'o2', 'n', 'p1');
  expect(say(floor, 'o1', 'p0', 'accept', 5)).toMatchObject({ is: 'confirmed' });
  expect(say(floor, 'o2', 'p1', 'accept', 6)).toMatchObject({ is: 'refused', reason: 'places-filled' });
  expect(floor.needs.get('n')).toMatchObject({ filled: 1, open: 0, windUp: true });
});

test('nobody can answer for another, and the same answer twice changes nothing', () => {
  const floor = floorOf([need('n', 1)], 2);
  offer(floor, 'o1', 'n', 'p0');
  expect(say(floor, 'o1', 'p1', 'accept', 5)).toBeNull();
  say(floor, 'o1', 'p0', 'accept', 5);
  expect(say(floor, 'o1', 'p0', 'accept', 6)).toBeNull();
});

test('an answer counts by when it was given, also when it comes after the offer lapsed', () => {
  const floor = floorOf([need('n', 1)], 2);
  offer(floor, 'o1', 'n', 'p0');
  expect(lapsedOffer(floor, 'o1', at(59))).toBeNull();
  expect(lapsedOffer(floor, 'o1', at(66))).toMatchObject({ is: 'lapsed' });
  expect(
    answeredOffer(floor, { offerId: 'o1', applicationId: 'p0', answer: 'accept', at: at(59) }, at(70)),
  ).toMatchObject({ is: 'confirmed' });
  offer(floor, 'o2', 'n', 'p1');
  const late = floorOf([need('n', 1)], 1);
  offer(late, 'o3', 'n', 'p0');
  expect(say(late, 'o3', 'p0', 'accept', 61)).toMatchObject({ is: 'refused', reason: 'too-late' });
});

test('nobody is taken for two shifts at once', () => {
  const floor = floorOf([need('n', 1), need('m', 1)], 1);
  offer(floor, 'o1', 'n', 'p0');
  say(floor, 'o1', 'p0', 'accept', 5);
  offer(floor, 'o2', 'm', 'p0');
  expect(say(floor, 'o2', 'p0', 'accept', 6)).toMatchObject({ is: 'refused', reason: 'overlapping-shift' });
});

test('a place given back is free again', () => {
  const floor = floorOf([need('n', 1)], 2);
  offer(floor, 'o1', 'n', 'p0');
  say(floor, 'o1', 'p0', 'accept', 5);
  expect(say(floor, 'o1', 'p0', 'cancel', 6)).toMatchObject({ is: 'cancelled', reason: 'person-cancelled' });
  expect(floor.needs.get('n')?.filled).toBe(0);
  offer(floor, 'o2', 'n', 'p1');
  expect(say(floor, 'o2', 'p1', 'accept', 7)).toMatchObject({ is: 'confirmed' });
});

type Act = (floor: Floor, ids: () => string, minutes: number) => PlaceFact | null;
const who = fc.integer({ min: 0, max: 7 }).map((index) => `p${index}`);
const which = fc.constantFrom('n0', 'n1', 'n2');
const pick = fc.nat(60);
const some = (floor: Floor, index: number) =>
  [...floor.offers.keys()][index % Math.max(1, floor.offers.size)] ?? 'none';
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(who, which).map(
      ([one, wants]): Act =>
        (floor, ids, minutes) =>
          offer(floor, ids(), wants, one, minutes),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(pick, fc.constantFrom<'accept' | 'decline' | 'cancel'>('accept', 'accept', 'decline', 'cancel'))
      .map(([index, answer]): Act => (floor, _, minutes) => {
        const id = some(floor, index);
        return say(floor, id, floor.offers.get(id)?.applicationId ?? '', answer, minutes);
      }),
  },
  pick.map(
    (index): Act =>
      (floor, _, minutes) =>
        lapsedOffer(floor, some(floor, index), at(minutes)),
  ),
  pick.map(
    (index): Act =>
      (floor, _, minutes) =>
        endedOffer(floor, some(floor, index), 'person-left', at(minutes)),
  ),
  which.map((id): Act => (floor) => {
    floor.needs.set(id, { ...floor.needs.get(id)!, state: 'cancelled', windUp: true });
    return null;
  }),
);

test('whatever is offered, answered, lapsed or cancelled: no place is given twice and every count is what it counts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
      fc.array(act, { maxLength: 80 }),
      (places, acts) => {
        const floor = floorOf(
          places.map((count, index) => need(`n${index}`, count)),
          8,
        );
        let minted = 0;
        for (const [minutes, one] of acts.entries()) {
          one(floor, () => `o${++minted}`, minutes);
          expect(wrongIn(floor)).toEqual([]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** Counts that are not what they count, needs over-filled, people with two offers or (every shift lies at one time) two shifts. */
function wrongIn(floor: Floor): string[] {
  const offers = [...floor.offers.values()];
  const count = (key: 'needId' | 'applicationId', id: string, state: string): number =>
    offers.filter((one) => one[key] === id && one.state === state).length;
  const needs = [...floor.needs.values()].filter(
    (one) =>
      one.filled !== count('needId', one.needId, 'accepted') ||
      one.open !== count('needId', one.needId, 'sent') ||
      one.filled > one.places,
  );
  const members = [...floor.members.values()].filter(
    (one) =>
      one.openOffers !== count('applicationId', one.applicationId, 'sent') ||
      one.assigned !== count('applicationId', one.applicationId, 'accepted') ||
      one.openOffers > 1 ||
      one.assigned > 1,
  );
  return [...needs.map(({ needId }) => needId), ...members.map(({ applicationId }) => applicationId)];
}
