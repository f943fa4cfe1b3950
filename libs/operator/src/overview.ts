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

const PATIENCE_MS = 1500;

/** Asks every part at once; one that is late or fails is shown as it was last seen, so that the rest is not held up. */
export class OverviewReader {
  private readonly seen = new Map<string, unknown>();

  constructor(private readonly parts: PortParts) {}

  async read(): Promise<AppOverview> {
    const { parts } = this;
    const now = parts.clock.now();
    const [journal, consumers, lag, queues, letters, dependencies, ...vitals] = await Promise.all([
      this.part('journal', () => parts.messaging.journal(), null),
      this.part('consumers', () => parts.messaging.consumers(), []),
      this.part('lag', () => parts.messaging.lag(), []),
      this.part('queues', async () => (await parts.queues?.stats(now)) ?? [], []),
      this.part('letters', () => parts.messaging.letters.open(), null),
      this.part('dependencies', () => parts.dependencies(), {}),
      ...parts.vitals.map((one, index) =>
        this.part(`vitals-${index}`, () => one.vitals(now), [] as readonly Reading[]),
      ),
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

  private async part<T>(name: string, ask: () => Promise<T>, nothing: T | null): Promise<T> {
    const before = (): T => (this.seen.has(name) ? (this.seen.get(name) as T) : (nothing as T));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), PATIENCE_MS);
    });
    const asked = ask().then((answer) => {
      this.seen.set(name, answer);
      return { answer };
    });
    try {
      const first = await Promise.race([asked, late]);
      return first === 'late' ? before() : first.answer;
    } catch {
      return before();
    } finally {
      clearTimeout(timer);
      asked.catch(() => undefined);
    }
  }
}
