import { Injectable } from '@nestjs/common';
import type { ActivationKind, ActivationState } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Activation {
  readonly activationId: string;
  readonly forumId: string;
  readonly kind: ActivationKind;
  readonly state: ActivationState;
  readonly titleEn: string;
  readonly titleCy: string;
  readonly changedAt: Date;
}

@Injectable()
export class ActivationRepository {
  async put(tx: Transaction, opened: readonly Activation[]): Promise<void> {
    await sql(tx).insert(
      'activation',
      {
        activation_id: 'uuid',
        forum_id: 'uuid',
        kind: 'text',
        state: 'text',
        title_en: 'text',
        title_cy: 'text',
        changed_at: 'timestamptz',
      },
      opened.map((one) => ({
        activation_id: one.activationId,
        forum_id: one.forumId,
        kind: one.kind,
        state: one.state,
        title_en: one.titleEn,
        title_cy: one.titleCy,
        changed_at: one.changedAt,
      })),
      `on conflict (activation_id) do update set kind = excluded.kind, state = excluded.state, title_en = excluded.title_en,
         title_cy = excluded.title_cy, changed_at = excluded.changed_at where activation.changed_at < excluded.changed_at`,
    );
  }

  async move(
    tx: Transaction,
    moves: readonly { activationId: string; state: ActivationState; at: Date }[],
  ): Promise<void> {
    await sql(tx).update(
      'activation',
      { activation_id: 'uuid' },
      { state: 'text', changed_at: 'timestamptz' },
      moves.map((one) => ({ activation_id: one.activationId, state: one.state, changed_at: one.at })),
      'where target.changed_at < changed.changed_at',
    );
  }
}
