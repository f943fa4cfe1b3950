import type { Row } from './drill/drill.js';

const MS = 60_000;
const CONSUMERS = ['vetting', 'matching', 'notification', 'coordination'] as const;

export const row: Row = {
  says: 'SIGSTOP of one of two of each consumer for 60 s, then CONT: the other takes over, what the frozen one still does changes nothing',
  instances: { vetting: 2, matching: 2, notification: 2, coordination: 2 },
  limits: { takeoverSeconds: 10 },
  inject: async (drill) => {
    await drill.underLoad(0.1, 0.3);
    const before = performance.now();
    const frozen = CONSUMERS.map(async (app) => {
      await drill.pause(0, 2_000);
      const members = await drill.membersOf(app);
      const thaw = drill.freeze(drill.pidOf(app, drill.random.below(2)), MS);
      return { thaw, seconds: await drill.sharedOut(app, members) };
    });
    const taken = await Promise.all(frozen);
    drill.seen.takeoverSeconds = Math.max(...taken.map(({ seconds }) => seconds));
    let woken = false;
    const thaw = Promise.all(taken.map(({ thaw }) => thaw)).then(() => (woken = true));
    // The work of the frozen is done by the others: everybody has an outcome before they wake.
    await drill.until(() => woken || (drill.sent && drill.rehearsal.outcomes.unsettled.length === 0));
    drill.seen.outcomesSeconds = (performance.now() - before) / 1000;
    drill.expect(!woken, 'not everybody had an outcome while one of two was frozen');
    await thaw;
    await drill.pause(3_000, 5_000);
  },
};
