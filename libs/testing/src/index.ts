export { FixedClock } from '@app/calendar';
export { APPS, testDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.js';
export { arrivedFrom, received, type ReceivedOptions } from './received.js';
export { testServices, type TestServices } from './services.js';
export { faultyEventLog, type SendFault } from './faulty-event-log.js';
export { eventually } from './eventually.js';
export type { TinyApp, TinyOptions } from './tiny-app.js';
/** Loads boot and all that hangs on it only for the specs that boot an app. */
export const tinyApp = async (o: import('./tiny-app.js').TinyOptions = {}): Promise<import('./tiny-app.js').TinyApp> =>
  (await import('./tiny-app.js')).tinyApp(o);
