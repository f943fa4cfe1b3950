import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'FLUSHALL of Redis, three times: rows are the truth, jobs are made again',
  limits: { recovery: 30 },
  inject: async (drill) => {
    await drill.underLoad(0.1, 0.3);
    for (let n = 0; n < 3; n += 1) {
      await drill.redis((redis) => redis.flushall());
      await drill.pause(200, 1_500);
    }
    drill.healedAt = new Date();
  },
};
