import { z } from 'zod';
import { Clock } from '@app/calendar';
import type { Tx } from '@app/messaging';
import { Lever } from '@app/operator';
import { CircuitRepository } from '@app/queue';
import { DBS } from '../dbs/dbs.queue.js';
import { IDENTITY } from '../identity/identity.queue.js';

/** `auto` lets the circuit judge for itself again. */
const Circuit = z.strictObject({ provider: z.enum([IDENTITY, DBS]), state: z.enum(['open', 'closed', 'auto']) });

@Lever()
export class CircuitLever implements Lever<z.infer<typeof Circuit>> {
  readonly code = 'circuit';
  readonly roles = ['operator'] as const;
  readonly schema = Circuit;
  private readonly circuits = new CircuitRepository();

  constructor(private readonly clock: Clock) {}

  async pull(args: z.infer<typeof Circuit>, by: { memberId: string }, tx: Tx): Promise<void> {
    const forced = args.state === 'auto' ? null : args.state;
    await this.circuits.force(tx, args.provider, forced, by.memberId, this.clock.now());
  }
}
