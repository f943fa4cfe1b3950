import type { Drill, Row } from './drill/drill.js';
import { projectionOf } from './drill/recovery.js';

export const row: Row = {
  says: 'every message of every topic again, three times, in another order: while people apply, and when all is done',
  inject: async (drill) => {
    await drill.underLoad(0.4, 0.7);
    drill.seen.repeated = await drill.repeatAll(1);
    drill.healedAt = new Date();
  },
  after: async (drill) => {
    const before = await settled(drill);
    drill.seen.repeated! += await drill.repeatAll(3);
    drill.expect(before === (await settled(drill)), 'what came again changed something');
  },
};

/** Groups that have caught up may still send and sweep what they were told before. */
const settled = async (drill: Drill): Promise<string> => {
  await drill.quiet();
  for (let known = await projectionOf(drill.rehearsal); ;) {
    await drill.pause(2_000, 2_000);
    const later = await projectionOf(drill.rehearsal);
    if (later === known) return known;
    known = later;
  }
};
