export * from './define-event.js';
export { Day, Id, Timestamp, coded, isCoded } from './vocabulary/coded.js';
export * from './vocabulary/terms.js';
export * from './events.js';
export { EVENTS, TOPICS, eventOfType } from './catalogue.js';
export { asyncApi, payloadOf } from './asyncapi.js';
