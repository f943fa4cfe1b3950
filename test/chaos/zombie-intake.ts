import type { Row } from './drill/drill.js';

const MS = 60_000;

export const row: Row = {
  says: 'SIGSTOP of one of two intakes for 60 s, then CONT: the other answers everybody within 10 s and takes over its partitions',
  instances: { intake: 2 },
  limits: { takeoverSeconds: 10, longestAnswerSeconds: 10 },
  inject: async (drill) => {
    await drill.underLoad(0.1, 0.3);
    const members = await drill.membersOf('intake');
    const frozen = drill.random.below(2);
    let woken = false;
    const thaw = drill.freeze(drill.pidOf('intake', frozen), MS).then(() => (woken = true));
    drill.seen.takeoverSeconds = await drill.sharedOut('intake', members);
    // The other has the door, the journal and the partitions to itself: everybody has an outcome before the frozen one wakes.
    await drill.until(() => woken || (drill.sent && drill.rehearsal.outcomes.unsettled.length === 0));
    drill.expect(!woken, 'not everybody had an outcome while one of two was frozen');
    drill.seen.longestAnswerSeconds = Math.max(...drill.rehearsal.ledger.latencies) / 1000;
    await thaw;
    await drill.pause(3_000, 5_000);
  },
};
