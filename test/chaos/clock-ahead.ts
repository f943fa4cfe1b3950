import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'the clock of the apps leaps ten minutes ahead and back',
  inject: (drill) => drill.moveClock('+10m'),
};
