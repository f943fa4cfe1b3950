import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'the mail server takes some messages and dies after DATA, then is killed: each is repeated once, under its own Message-ID',
  inject: async (drill) => {
    await drill.underLoad(0.1, 0.3);
    await drill.outside('mail', { acceptThenReset: true, times: 5 + drill.random.below(20) });
    await drill.pause(1_000, 3_000);
    await drill.kill('mail');
  },
};
