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

test('ten thousand volunteers and forty needs: one search takes well under a second, no transaction a quarter of one', async () => {
  for (let part = 0; part < 10; part++) {
    const events = Array.from({ length: 1_000 }, (_, index) =>
      it.cleared({
        outwardCode: index % 3 === 0 ? 'BL1' : 'OL1',
        skills: index % 10 === 0 ? ['first-aid'] : [],
        slots: [index % 2 === 0 ? 'weekday-morning' : 'weekday-afternoon'],
      }),
    );
    {
      const t = performance.now();
      const c = process.cpuUsage();
      await it.db.transactions.run((tx) => it.followVetting.handle(events, tx));
      const u = process.cpuUsage(c);
      console.log('admit', Math.round(performance.now() - t), Math.round((u.user + u.system) / 1000));
    }
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
  const cpu = process.cpuUsage();
  const started = performance.now();
  const made = await it.makeOffers.sweep();
  const took = performance.now() - started;
  const used = process.cpuUsage(cpu);
  const again = performance.now();
  expect(await it.makeOffers.sweep()).toBe(0);
  const idle = performance.now() - again;
  console.log({
    made,
    tookMs: Math.round(took),
    cpuMs: Math.round((used.user + used.system) / 1000),
    idleMs: Math.round(idle),
  });
  expect(made).toBe(600);
});
