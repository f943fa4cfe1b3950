import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'the short drill of npm test: kill -9 of intake, notification, the broker, Redis and Postgres in turn',
  applicants: 300,
  rate: 15,
  inject: async (drill) => {
    await drill.underLoad(0.05, 0.15);
    for (const name of ['intake', 'notification', 'kafka', 'redis', 'postgres'] as const) {
      await drill.kill(name);
      await drill.pause(200, 1_500);
    }
  },
};
