import type { Row } from './drill/drill.js';

const MS = 60_000;
const CONSUMERS = ['vetting', 'matching', 'notification', 'coordination'] as const;

export const row: Row = {
  says: 'SIGSTOP of one of two of each consumer for 60 s, then CONT: the other takes over, what the frozen one still does changes nothing',
  instances: { vetting: 2, matching: 2, notification: 2, coordination: 2 },
  inject: async (drill) => {
    await drill.underLoad(0.1, 0.3);
    const frozen = CONSUMERS.map(async (app) => {
      await drill.pause(0, 2_000);
      await drill.freeze(drill.pidOf(app, drill.random.below(2)), MS);
    });
    // The work of the frozen is done by the others: everybody has an outcome before they wake.
    const before = performance.now();
    let woken = false;
    const thaw = Promise.all(frozen).then(() => (woken = true));
    await drill.until(() => woken || (drill.sent && drill.rehearsal.outcomes.unsettled.length === 0));
    drill.seen.takeoverSeconds = Math.round((performance.now() - before) / 100) / 10;
    drill.expect(!woken, 'not everybody had an outcome while one of two was frozen');
    await thaw;
    await drill.pause(3_000, 5_000);
  },
};
