import type { Clock } from '@app/calendar';
import type { Database } from '@app/database';
import type { Messaging, Transactions } from '@app/messaging';
import type { Circuits, Queues } from '@app/queue';
import type { OperatorDoor } from './caller.js';
import type { Lever, Trace, Vitals } from './declarations.js';

/** What the operator port of one app is made of. */
export interface PortParts {
  readonly app: string;
  readonly door: OperatorDoor;
  readonly database: Database;
  readonly transactions: Transactions;
  readonly messaging: Pick<Messaging, 'journal' | 'consumers' | 'lag' | 'letters' | 'release'>;
  readonly queues: Queues | null;
  readonly circuits: Circuits;
  readonly clock: Clock;
  readonly dependencies: () => Promise<Readonly<Record<string, 'up' | 'down'>>>;
  readonly vitals: readonly Vitals[];
  readonly levers: readonly Lever[];
  readonly traces: readonly Trace[];
}
