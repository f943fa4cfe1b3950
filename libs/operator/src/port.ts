import type { FastifyInstance } from 'fastify';
import type { StaffRole } from '@app/access';
import { notFound } from '@app/http';
import { mustHave, type Entered } from './caller.js';
import { DECLARED, type Declared, type Lever, type Trace, type Vitals } from './declarations.js';
import { journalOf } from './journal.query.js';
import { mountLetters } from './letters.port.js';
import { mountLevers } from './levers.port.js';
import { OverviewReader } from './overview.js';
import type { PortParts } from './port-parts.js';

/** Who may look; letters and levers ask for more. */
export const READERS: readonly StaffRole[] = ['operator', 'auditor'];

/** What the instances declare with `@Vital()`, `@Lever()` and `@Trace()`. */
export function declaredAmong(instances: readonly object[]): Pick<PortParts, 'vitals' | 'levers' | 'traces'> {
  const of = <T>(what: Declared): T[] =>
    instances.filter((one) => Reflect.getMetadata(DECLARED, one.constructor) === what) as T[];
  return { vitals: of<Vitals>('vitals'), levers: of<Lever>('lever'), traces: of<Trace>('trace') };
}

/** Mounts the operator port on an app's admin listener. */
export function mountOperatorPort(server: FastifyInstance, parts: PortParts): void {
  const get = (
    path: string,
    answer: (query: Record<string, string | undefined>, who: Entered) => Promise<unknown>,
  ): void => {
    server.get(`/operator/${path}`, async (request) => {
      const who = await parts.door.enter(request);
      mustHave(who.staff, READERS);
      return answer(request.query as Record<string, string | undefined>, who);
    });
  };
  const overview = new OverviewReader(parts);
  get('overview', () => overview.read());
  get('vitals', async () => ({ items: (await overview.read()).vitals }));
  get('journal', () => parts.messaging.journal());
  get('consumers', async () => ({ items: await parts.messaging.consumers(), lag: await parts.messaging.lag() }));
  get('queues', async () => ({ items: (await parts.queues?.stats(parts.clock.now())) ?? [] }));
  get('traces', (query, who) => traceOf(parts, query, who));
  mountLetters(server, parts);
  mountLevers(server, parts);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

async function traceOf(parts: PortParts, query: Record<string, string | undefined>, who: Entered): Promise<object> {
  const { reference, applicationId } = query;
  if (applicationId !== undefined && !UUID.test(applicationId)) throw notFound();
  if (applicationId === undefined && !/^[A-Z0-9-]{4,30}$/.test(reference ?? '')) throw notFound();
  const { forumId } = who.staff;
  const asked = { ...(reference ? { reference } : {}), ...(applicationId ? { applicationId } : {}), forumId };
  const steps = (await Promise.all(parts.traces.map((trace) => trace.follow(asked)))).flat();
  if (applicationId === undefined) return { steps, events: [], letters: [] };
  const events = await parts.database.read((tx) => journalOf(tx, applicationId));
  const letters = await parts.messaging.letters.ofKey(applicationId);
  return {
    steps,
    events,
    letters: letters.map(({ id, consumer, type, state, reason, parkedAt }) => ({
      id,
      consumer,
      type,
      state,
      reasonCode: reason,
      at: parkedAt,
    })),
  };
}
