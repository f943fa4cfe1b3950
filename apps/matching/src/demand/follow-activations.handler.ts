import { ActivationOpened, ActivationTransitioned } from '@app/contracts';
import { Handles, type Batch, type BatchHandler, type Tx } from '@app/messaging';
import { DemandRepository } from './demand.repository.js';
import type { Role } from './need.js';

@Handles([ActivationOpened, ActivationTransitioned], 'matching.follow-activations', { from: 'beginning' })
export class FollowActivations implements BatchHandler {
  constructor(private readonly demand: DemandRepository) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    for (const event of events) {
      if (event.is(ActivationOpened)) {
        const { activationId, forumId, state, nation, roles } = event.data;
        const known = roles.map(({ code, title, tier, minimumAge }): [string, Role] => [
          code,
          { title, tier, minimumAge },
        ]);
        const activation = { activationId, forumId, state, nation, roles: Object.fromEntries(known) };
        await this.demand.open(tx, activation, event.sequence);
      } else if (event.is(ActivationTransitioned)) {
        await this.demand.transition(tx, event.data.activationId, event.data.to, event.sequence);
      }
    }
  }
}
