import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { FixedClock, type TestDatabase } from '@app/testing';
import { matching, matchingDatabase, type Matching } from './matching.fixture.js';

jest.setTimeout(120_000);

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

test('ten thousand volunteers and forty needs: a search costs less than a second of one core, and an idle look next to nothing', async () => {
  for (let part = 0; part < 40; part++) {
    const events = Array.from({ length: 250 }, (_, index) =>
      it.cleared({
        outwardCode: index % 3 === 0 ? 'BL1' : 'OL1',
        skills: index % 10 === 0 ? ['first-aid'] : [],
        slots: [index % 2 === 0 ? 'weekday-morning' : 'weekday-afternoon'],
      }),
    );
    await it.db.transactions.run((tx) => it.followVetting.handle(events, tx));
  }
  for (let index = 0; index < 40; index++) {
    const scarce = index % 4 === 0;
    await it.need(10, {
      outwardCode: index % 2 ? 'OL2' : 'BL1',
      skills: scarce ? ['chainsaw'] : index % 3 === 0 ? ['first-aid'] : [],
      startsAt: `2026-11-2${5 + (index % 3)}T${index % 5 === 0 ? '13' : '09'}:00:00Z`,
      endsAt: `2026-11-2${5 + (index % 3)}T17:00:00Z`,
    });
  }
  await it.db.adminSql('analyze matching.member');
  it.clock.advance(10_000);
  const search = await costOf(() => it.makeOffers.sweep());
  it.clock.advance(10_000);
  const idle = await costOf(() => it.makeOffers.sweep());
  // Twenty for each need of ten places, but none for the ten whose skill nobody has, nor for two in the afternoon
  // that want first aid, because all first-aiders come in the morning.
  expect({ search: search.result, idle: idle.result }).toEqual({ search: 560, idle: 0 });
  expect(search.cpuMs).toBeLessThan(1_000);
  expect(idle.cpuMs).toBeLessThan(100);
});

/** Processor time, because a busy machine stretches every other. */
async function costOf<T>(work: () => Promise<T>): Promise<{ result: T; cpuMs: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, cpuMs: (user + system) / 1_000 };
}
