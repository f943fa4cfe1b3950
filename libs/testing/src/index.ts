export { FixedClock } from '@app/calendar';
export { APPS, testDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.js';
export { arrivedFrom, received, type ReceivedOptions } from './received.js';
export { testServices, type TestServices } from './services.js';
export { faultyEventLog, type SendFault } from './faulty-event-log.js';
export { eventually } from './eventually.js';
