export { Log } from './log.js';
export { Metrics } from './metrics.js';
export { continueTrace, currentTrace, inTrace, withTrace, type Trace } from './trace.js';
