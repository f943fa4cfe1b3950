import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'kill -9 of the broker: the front door does not notice, the journals keep what is due',
  inject: async (drill) => {
    await drill.underLoad();
    await drill.kill('kafka');
  },
};
