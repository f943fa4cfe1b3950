import type { Row } from './drill/drill.js';

export const row: Row = {
  says: "SIGSTOP of the leader of vetting's relay for 60 s, then CONT: another leads, and the frozen one cannot move the cursor",
  instances: { vetting: 2 },
  inject: async (drill) => {
    await drill.underLoad(0.1, 0.4);
    const leader = await drill.leaderOf('vetting');
    const behind = `select (select coalesce(max(seq), 0) from vetting.journal) - seq as count from vetting.relay_cursor`;
    const since = performance.now();
    let woken = false;
    const frozen = drill.freeze(leader, 60_000).then(() => (woken = true));
    const another = async (): Promise<boolean> => (await drill.leaderOf('vetting')) !== leader;
    await drill.until(() => woken || another());
    drill.seen.newLeaderSeconds = Math.round((performance.now() - since) / 100) / 10;
    await drill.until(async () => woken || (drill.sent && (await drill.count(behind)) === 0));
    drill.expect(!woken, 'nobody else led the relay while its leader was frozen');
    await frozen;
    await drill.pause(3_000, 5_000);
  },
};
