import type { QueueStats } from '@app/queue';
import type { ConsumerView, LetterState } from '@app/messaging';
import type { Reading } from './declarations.js';
import type { PortParts } from './port-parts.js';

/** Everything that the operators' board wants to know of one instance, in one answer. */
export interface AppOverview {
  readonly app: string;
  readonly at: Date;
  readonly journal: { readonly unsent: number; readonly oldestSeconds: number } | null;
  readonly consumers: readonly ConsumerView[];
  readonly lag: readonly { group: string; topic: string; lag: number; oldestSeconds: number }[];
  readonly queues: readonly QueueStats[];
  readonly letters: Readonly<Record<LetterState, number>> | null;
  readonly circuits: readonly { name: string; state: 'closed' | 'open' | 'half-open'; forced: boolean }[];
  readonly dependencies: Readonly<Record<string, 'up' | 'down'>>;
  readonly vitals: readonly Reading[];
  readonly levers: readonly string[];
}

/** A part that cannot be asked now is left out, so that the rest is still seen. */
export async function overviewOf(parts: PortParts): Promise<AppOverview> {
  const now = parts.clock.now();
  const or = async <T>(ask: () => Promise<T>, instead: T): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<T>((resolve) => (timer = setTimeout(() => resolve(instead), 1500)));
    try {
      return await Promise.race([ask(), late]);
    } catch {
      return instead;
    } finally {
      clearTimeout(timer);
    }
  };
  const [journal, consumers, lag, queues, letters, dependencies, vitals] = await Promise.all([
    or(() => parts.messaging.journal(), null),
    or(() => parts.messaging.consumers(), []),
    or(() => parts.messaging.lag(), []),
    or(async () => (await parts.queues?.stats(now)) ?? [], []),
    or(() => parts.messaging.letters.open(), null),
    or(() => parts.dependencies(), {}),
    Promise.all(parts.vitals.map((one) => or(() => one.vitals(now), []))),
  ]);
  return {
    app: parts.app,
    at: now,
    journal,
    consumers,
    lag,
    queues,
    letters,
    circuits: parts.circuits.all().map(({ name, state, isForced }) => ({ name, state, forced: isForced })),
    dependencies,
    vitals: vitals.flat(),
    levers: parts.levers.map(({ code }) => code),
  };
}
