import { Lever } from '@app/operator';
import type { StaffRole } from '@app/access';
import { IntakeMode, RoleCode, Timestamp } from '@app/contracts';
import { unprocessable } from '@app/http';
import type { Tx } from '@app/messaging';
import { z } from 'zod';
import { ActivationRepository } from '../landing/activation.repository.js';

const Args = z.strictObject({
  /** Slug or id. */
  activation: z.string().min(1).max(60),
  role: RoleCode.optional(),
  mode: IntakeMode,
  reason: z.string().min(3).max(300),
  until: Timestamp.optional(),
});
type Args = z.infer<typeof Args>;

/** How the front door takes people in. None of its settings closes it. */
@Lever()
export class IntakeModeLever implements Lever<Args> {
  readonly code = 'intake-mode';
  readonly roles: readonly StaffRole[] = ['operator'];
  readonly schema = Args;

  constructor(private readonly activations: ActivationRepository) {}

  async pull(args: Args, by: { forumId: string }, tx: Tx): Promise<void> {
    const changed = await this.activations.setMode(tx, {
      forumId: by.forumId,
      slug: args.activation,
      role: args.role ?? null,
      mode: args.mode,
      reason: args.reason,
      until: args.until === undefined ? null : new Date(args.until),
    });
    if (changed === 0) {
      const [pointer, code] =
        args.role === undefined ? ['/activation', 'unknown-activation'] : ['/role', 'unknown-role'];
      throw unprocessable([{ pointer: pointer!, code: code!, message: '' }]);
    }
  }
}
