import { ActivationOpened, ActivationTransitioned, type DataOf } from '@app/contracts';
import { Handles, type Batch, type BatchHandler, type Tx } from '@app/messaging';
import { BlindIndex } from '@app/privacy';
import { ActivationRepository } from './activation.repository.js';

@Handles([ActivationOpened, ActivationTransitioned], 'intake.follow-activations', { from: 'beginning' })
export class FollowActivations implements BatchHandler {
  constructor(
    private readonly activations: ActivationRepository,
    private readonly blindIndex: BlindIndex,
  ) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    const opened = new Map<string, DataOf<typeof ActivationOpened>>();
    const moved = new Map<string, DataOf<typeof ActivationTransitioned>>();
    for (const event of events) {
      if (event.type === ActivationOpened.type) opened.set(event.data.activationId, event.data);
      else if (event.type === ActivationTransitioned.type) moved.set(event.data.activationId, event.data);
    }
    await this.activations.open(tx, [...opened.values()]);
    await this.activations.transition(tx, [...moved.values()]);
    // Nothing leads back from there (S21).
    for (const { activationId, to } of moved.values())
      if (to === 'closed') await this.blindIndex.destroy(tx, activationId);
  }
}
