import { z } from 'zod';
import type { Clock } from '@app/calendar';
import type { Tx } from '@app/messaging';
import { CircuitRepository, type Circuits } from '@app/queue';
import { notFound } from '@app/http';
import type { StaffRole } from '@app/access';
import type { Lever } from './declarations.js';

const Args = z.strictObject({
  name: z.string().regex(/^[a-z][a-z-]{0,40}$/),
  /** `auto`: the circuit judges again by itself. */
  state: z.enum(['open', 'closed', 'auto']),
  reason: z.string().trim().min(3).max(300),
});
type Args = z.infer<typeof Args>;

/** Every app with providers has it: stop asking one, or ask it whatever it answers. A row, so that every instance obeys. */
export class CircuitLever implements Lever<Args> {
  readonly code = 'provider-circuit';
  readonly roles: readonly StaffRole[] = ['operator'];
  readonly schema = Args;
  private readonly repository = new CircuitRepository();

  constructor(
    private readonly circuits: Circuits,
    private readonly clock: Clock,
  ) {}

  async pull(args: Args, by: { memberId: string }, tx: Tx): Promise<void> {
    if (!this.circuits.all().some((circuit) => circuit.name === args.name)) throw notFound();
    const forced = args.state === 'auto' ? null : args.state;
    await this.repository.force(tx, args.name, forced, by.memberId, this.clock.now());
  }
}
