import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'vetting or notification at a tenth of its speed for 10 s: the front door does not notice, the lag is dealt with',
  inject: async (drill) => {
    await drill.underLoad(0.1, 0.2);
    await drill.slowDown(drill.pidOf(drill.random.one(['vetting', 'notification'] as const)), 10_000);
  },
};
