import { MemoryEventLog } from '@app/messaging';
import { eventLogSuite } from './event-log.suite.js';

eventLogSuite('memory', () => {
  const eventLog = new MemoryEventLog();
  return Promise.resolve({
    eventLog,
    recreate: (topic) => Promise.resolve(eventLog.recreate(topic)),
    close: () => eventLog.close(),
  });
});
