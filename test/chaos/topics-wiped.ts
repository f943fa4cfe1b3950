import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'all topics deleted under live consumers: the relays build them again from the journals',
  limits: { recovery: 30 },
  inject: async (drill) => {
    await drill.underLoad();
    const topics = await drill.topics();
    await drill.kafka((admin) => admin.deleteTopics({ topics }));
    drill.healedAt = new Date();
  },
};
