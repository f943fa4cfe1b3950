import { ActivationOpened, ActivationTransitioned } from '@app/contracts';
import { type Batch, type BatchHandler, foldByKey, Handles, type Tx } from '@app/messaging';
import { type Activation, ActivationRepository } from './activation.repository.js';

/** What an activation is called, and whether it is real: without that nothing of it is sent. */
@Handles([ActivationOpened, ActivationTransitioned], 'notification.follow-coordination', { from: 'beginning' })
export class FollowCoordination implements BatchHandler {
  constructor(private readonly activations: ActivationRepository) {}

  async handle(events: Batch<any>, tx: Tx): Promise<void> {
    const opened: Activation[] = [];
    const moves: { activationId: string; state: Activation['state']; at: Date }[] = [];
    for (const [activationId, facts] of foldByKey(events)) {
      const first = facts.findLast((fact) => fact.is(ActivationOpened));
      const move = facts.findLast((fact) => fact.is(ActivationTransitioned));
      if (first) {
        const { forumId, kind, title, state, openedAt } = first.data;
        const changedAt = new Date(openedAt);
        opened.push({ activationId, forumId, kind, state, titleEn: title.en, titleCy: title.cy, changedAt });
      }
      if (move) moves.push({ activationId, state: move.data.to, at: new Date(move.data.at) });
    }
    await this.activations.put(tx, opened);
    await this.activations.move(tx, moves);
  }
}
