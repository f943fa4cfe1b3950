import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'identity, certificates and texts reset every connection for some seconds',
  inject: (drill) => drill.providers({ down: true }),
};
