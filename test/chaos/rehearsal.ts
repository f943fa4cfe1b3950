import { APPS } from '../../deploy/apps.js';
import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'a rehearsal with kill -9 of each app, then of the broker, Redis and Postgres in turn',
  applicants: 900,
  rate: 25,
  limits: { process: 3, partitions: 4, postgres: 10 },
  inject: async (drill) => {
    await drill.underLoad(0.02, 0.06);
    for (const name of [...APPS, 'kafka', 'redis', 'postgres'] as const) {
      await drill.kill(name);
      await drill.pause(200, 2_000);
    }
  },
};
