import type { Row } from './drill/drill.js';

export const row: Row = {
  says: "a stranger joins and leaves vetting's and notification's group again and again: nobody starves",
  inject: async (drill) => {
    await drill.underLoad(0.05, 0.15);
    for (let n = 0; n < 4; n += 1) {
      const group = drill.random.one(['vetting', 'notification'] as const);
      const member = { groupId: group, sessionTimeout: 3_000, rebalanceTimeout: 3_000, heartbeatInterval: 500 };
      const stranger = drill.broker().consumer(member);
      await stranger.connect();
      await stranger.subscribe({ topics: ['intake.application'] });
      await stranger.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: () => Promise.resolve() });
      await drill.pause(1_500, 3_000);
      await stranger.disconnect();
    }
    drill.healedAt = new Date();
  },
};
