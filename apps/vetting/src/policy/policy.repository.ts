import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Nation } from '@app/contracts';
import type { RequiredRole, RequirementPolicy } from './requirement.decider.js';

export interface ActivationRow {
  readonly activationId: string;
  readonly forumId: string;
  readonly kind: string;
  readonly state: string;
  readonly nation: string;
  readonly sequence: number;
}

export interface ActivationPolicy {
  readonly activationId: string;
  readonly nation: Nation;
  readonly policy: RequirementPolicy;
}

@Injectable()
export class PolicyRepository {
  /** The rules in force, by activation; those not yet heard of are absent. */
  async current(tx: Transaction, activationIds: readonly string[]): Promise<Map<string, ActivationPolicy>> {
    const rows = await sql(tx).query<{ activationId: string; nation: Nation; version: number; roles: RequiredRole[] }>(
      `select a.activation_id as "activationId", a.nation, p.version, p.roles
         from activation a join requirement_policy p on p.activation_id = a.activation_id and p.version = a.policy_version
        where a.activation_id = any($1::uuid[])`,
      [[...new Set(activationIds)]],
    );
    return new Map(
      rows.map(({ activationId, nation, version, roles }) => [
        activationId,
        { activationId, nation, policy: { version, roles } },
      ]),
    );
  }

  /** Keeps an activation; its rules become a new version only when they differ. A late event changes nothing. */
  async open(tx: Transaction, activation: ActivationRow, roles: readonly RequiredRole[], now: Date): Promise<void> {
    const db = sql(tx);
    const [known] = await db.query<{ sequence: string; version: number; roles: RequiredRole[] | null }>(
      `select a.sequence, a.policy_version as version, p.roles from activation a
         left join requirement_policy p on p.activation_id = a.activation_id and p.version = a.policy_version
        where a.activation_id = $1 for update of a`,
      [activation.activationId],
    );
    if (known && Number(known.sequence) > activation.sequence) return;
    const same = known !== undefined && JSON.stringify(known.roles) === JSON.stringify(roles);
    const version = known ? known.version + (same ? 0 : 1) : 1;
    await db.run(
      `insert into activation (activation_id, forum_id, kind, state, nation, sequence, policy_version)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (activation_id) do update set state = excluded.state, sequence = excluded.sequence, policy_version = excluded.policy_version`,
      [
        activation.activationId,
        activation.forumId,
        activation.kind,
        activation.state,
        activation.nation,
        activation.sequence,
        version,
      ],
    );
    if (same) return;
    await db.run('insert into requirement_policy (activation_id, version, roles, made_at) values ($1, $2, $3, $4)', [
      activation.activationId,
      version,
      JSON.stringify(roles),
      now,
    ]);
  }

  async transition(tx: Transaction, activationId: string, to: string, sequence: number): Promise<void> {
    await sql(tx).run('update activation set state = $2, sequence = $3 where activation_id = $1 and sequence < $3', [
      activationId,
      to,
      sequence,
    ]);
  }
}
