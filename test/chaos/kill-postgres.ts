import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'kill -9 of Postgres: nothing is acknowledged that is not kept, and nobody is turned away for good',
  limits: { postgres: 10 },
  inject: async (drill) => {
    await drill.underLoad();
    await drill.kill('postgres');
  },
};
