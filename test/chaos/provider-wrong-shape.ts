import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'identity, certificates and texts answer 200 with a body of another shape',
  inject: (drill) => drill.providers({ wrongShape: true }),
};
