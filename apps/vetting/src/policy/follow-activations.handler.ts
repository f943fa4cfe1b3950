import { ActivationOpened, ActivationTransitioned } from '@app/contracts';
import { Clock } from '@app/calendar';
import { Handles, type Batch, type BatchHandler, type Tx } from '@app/messaging';
import { BlindIndex } from '@app/privacy';
import { PolicyRepository } from './policy.repository.js';
import type { RequiredRole } from './requirement.decider.js';

@Handles([ActivationOpened, ActivationTransitioned], 'vetting.follow-activations', { from: 'beginning' })
export class FollowActivations implements BatchHandler {
  constructor(
    private readonly policies: PolicyRepository,
    private readonly blind: BlindIndex,
    private readonly clock: Clock,
  ) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    for (const event of events) {
      if (event.is(ActivationOpened)) {
        const { activationId, forumId, kind, state, nation, roles } = event.data;
        const row = { activationId, forumId, kind, state, nation, sequence: event.sequence };
        await this.policies.open(tx, row, roles.map(asked), this.clock.now());
        await this.blind.ensure(tx, activationId);
      } else if (event.is(ActivationTransitioned)) {
        const { activationId, to } = event.data;
        await this.policies.transition(tx, activationId, to, event.sequence);
        // Nothing leads back from there (S21).
        if (to === 'closed') await this.blind.destroy(tx, activationId);
      }
    }
  }
}

const asked = (role: RequiredRole): RequiredRole => ({
  code: role.code,
  tier: role.tier,
  checks: role.checks,
  minimumAge: role.minimumAge,
  supervisedOk: role.supervisedOk,
  margin: role.margin,
});
