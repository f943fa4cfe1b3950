import type { Row } from './drill/drill.js';
import { projectionOf } from './drill/recovery.js';

export const row: Row = {
  says: 'every message of every topic again, three times, in another order: while people apply, and when all is done',
  inject: async (drill) => {
    await drill.underLoad(0.4, 0.7);
    drill.seen.repeated = await drill.repeatAll(1);
    drill.healedAt = new Date();
  },
  after: async (drill) => {
    await drill.quiet();
    const before = await projectionOf(drill.rehearsal);
    drill.seen.repeated! += await drill.repeatAll(3);
    await drill.quiet();
    drill.expect(before === (await projectionOf(drill.rehearsal)), 'what came again changed something');
  },
};
