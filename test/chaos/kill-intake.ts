import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'kill -9 of one of two intakes, then of the other: what had no answer is sent again with its key',
  instances: { intake: 2 },
  limits: { process: 3, partitions: 4 },
  inject: async (drill) => {
    const first = drill.random.below(2);
    await drill.underLoad(0.15, 0.35);
    await drill.kill('intake', first);
    // How long partitions are without a reader is a question about one death: the second is another.
    await drill.measured();
    await drill.pause(0, 500);
    await drill.kill('intake', 1 - first);
  },
};
