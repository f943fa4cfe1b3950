import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'the clock of the apps leaps ten minutes back and forward again',
  inject: (drill) => drill.moveClock('-10m'),
};
