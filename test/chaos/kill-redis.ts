import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'kill -9 of Redis: the feeders add again what it forgot',
  limits: { recovery: 60 },
  inject: async (drill) => {
    await drill.underLoad();
    await drill.kill('redis');
  },
};
