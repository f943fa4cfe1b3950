import type { LoggerService } from '@nestjs/common';
import type { Log } from '@app/telemetry';

const says = (message: unknown): string => (typeof message === 'string' ? message.slice(0, 300) : '');

/** What Nest says about itself: its faults are kept, its progress is no news. */
export const nestLog = (log: Log): LoggerService => ({
  log: () => undefined,
  debug: () => undefined,
  verbose: () => undefined,
  warn: (message: unknown) => log.warn('framework-warning', { says: says(message) }),
  error: (message: unknown) =>
    log.error('framework-error', message instanceof Error ? { err: message } : { says: says(message) }),
  fatal: (message: unknown) => log.error('framework-error', { says: says(message) }),
});
