import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'all topics made anew, empty, so that their offsets are lower than those that the groups know',
  limits: { recovery: 30 },
  inject: async (drill) => {
    await drill.underLoad();
    const topics = await drill.topics();
    await drill.kafka(async (admin) => {
      await admin.deleteTopics({ topics });
      const anew = topics.map((topic) => ({ topic, numPartitions: 12, replicationFactor: 1 }));
      // The broker takes a moment to forget a name; a relay may have been quicker.
      await drill.until(() => admin.createTopics({ topics: anew }).then(() => true, isThere));
    });
    drill.healedAt = new Date();
  },
};

const isThere = (error: { type?: string; errors?: { type?: string }[] }): boolean =>
  [error, ...(error.errors ?? [])].some(({ type }) => type === 'TOPIC_ALREADY_EXISTS');
