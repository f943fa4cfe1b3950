import { MemoryEventLog, type EventLog } from '@app/messaging';
import type { Log, Metrics } from '@app/telemetry';
import type { BootConfig } from './boot.config.js';
import type { AppDefinition } from './define-app.js';
import type { Secrets } from './secrets.js';

/** Kafka, as the user of this app. */
export function openEventLog(
  _app: AppDefinition,
  _config: BootConfig,
  _secrets: Secrets,
  _log: Log,
  _metrics: Metrics,
): EventLog {
  return new MemoryEventLog();
}
