import type { Clock } from '@app/calendar';
import type { Database } from '@app/database';
import { linesAmong, Queues, type Circuits } from '@app/queue';
import type { Log } from '@app/telemetry';
import type { AppDefinition } from './define-app.js';
import type { State } from './health.js';
import type { Secrets } from './secrets.js';

/** The app's queues; null when it has none, and then it needs no Redis. */
export function adoptQueues(
  instances: readonly object[],
  o: { app: AppDefinition; database: Database; circuits: Circuits; secrets: Secrets; log: Log },
): Queues | null {
  if (linesAmong(instances).length === 0) return null;
  const queues = new Queues({
    redisUrl: o.secrets.text('redis-url'),
    prefix: o.app.name,
    database: o.database,
    circuits: o.circuits,
    report: (code, facts) => o.log.warn(code, { ...facts }),
  });
  queues.adopt(instances);
  return queues;
}

export async function redisState(queues: Queues, clock: Clock): Promise<State> {
  const stats = await queues.stats(clock.now());
  return stats.every(({ redis }) => redis === 'up') ? 'up' : 'down';
}
