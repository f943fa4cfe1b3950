import type { Row } from './drill/drill.js';

export const row: Row = {
  says: 'identity, certificates and texts take three seconds for an answer',
  inject: (drill) => drill.providers({ latencyMs: 3_000 }),
};
