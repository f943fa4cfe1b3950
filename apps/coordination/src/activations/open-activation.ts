import { Injectable } from '@nestjs/common';
import { ActivationOpened, type ActivationKind, type ActivationState, type DataOf } from '@app/contracts';
import { conflict } from '@app/http';
import type { Tx } from '@app/messaging';
import { CatchmentRepository } from '../places/catchment.repository.js';
import type { PlanContent } from '../plans/plan-content.js';

export interface Opening {
  readonly id: string;
  readonly forumId: string;
  readonly slug: string;
  readonly kind: ActivationKind;
  readonly state: ActivationState;
  readonly areas: readonly string[];
  readonly version: number;
  readonly at: Date;
}

/** Tells the other apps all they need to serve an activation; its public words are the plan's, never the requester's (S16). */
@Injectable()
export class OpenActivation {
  constructor(private readonly catchments: CatchmentRepository) {}

  async publish(tx: Tx, opening: Opening, plan: PlanContent): Promise<void> {
    const forum = await this.catchments.forum(tx, opening.forumId);
    if (!forum.desk) throw conflict('forum-without-desk');
    const data: DataOf<typeof ActivationOpened> = {
      activationId: opening.id,
      forumId: opening.forumId,
      forumName: forum.name,
      slug: opening.slug,
      kind: opening.kind,
      state: opening.state,
      title: plan.publicTitle,
      nation: forum.nation,
      openedAt: opening.at.toISOString(),
      desk: forum.desk,
      owners: await this.catchments.owners(tx, opening.forumId, opening.areas),
      roles: plan.roles.map(({ code, title, tier, checks, minimumAge, remote, supervisedOk, skills, margin }) => ({
        code,
        title,
        tier,
        checks,
        minimumAge,
        remote,
        supervisedOk,
        skills,
        margin,
      })),
    };
    tx.publish(ActivationOpened, [{ data, sequence: opening.version, at: opening.at }]);
  }
}
