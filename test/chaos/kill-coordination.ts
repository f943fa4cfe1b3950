import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'kill -9 of coordination while people apply',
  inject: async (drill) => {
    await drill.underLoad();
    await drill.kill('coordination');
  },
};
