import type { Row } from './drill/drill.js';

const BEHIND = (app: string): string =>
  `select (select coalesce(max(seq), 0) from ${app}.journal) - seq as count from ${app}.relay_cursor`;

export const row: Row = {
  says: "kill -9 of the app whose relay is in the middle of a batch: intake's, then vetting's",
  rate: 150,
  limits: { process: 3, partitions: 4 },
  inject: async (drill) => {
    for (const app of ['intake', 'vetting'] as const) {
      await drill.underLoad(0.1, 0.3);
      // Rows stand behind the cursor: they are read, or sent and not yet acknowledged.
      await drill.until(async () => drill.sent || (await drill.count(BEHIND(app))) >= 3);
      await drill.kill(app);
    }
  },
};
