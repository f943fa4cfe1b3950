import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'identity, certificates and texts do the work and reset the connection instead of answering',
  inject: (drill) => drill.providers({ acceptThenReset: true }),
};
