import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Activation, Need } from './need.js';

const ACTIVATION = `activation_id as "activationId", forum_id as "forumId", state, nation, roles`;
export const NEED = `need_id as "needId", activation_id as "activationId", forum_id as "forumId",
  organisation_name as "organisationName", role_code as "roleCode", places, filled, open, accepted, closed, wave,
  outward_code as "outwardCode", district, latitude, longitude, starts_at as "startsAt", ends_at as "endsAt", skills, remote,
  state, version, wind_up as "windUp", looked_at as "lookedAt", exhausted`;

@Injectable()
export class DemandRepository {
  async open(tx: Transaction, activation: Activation, sequence: number): Promise<void> {
    await sql(tx).run(
      `insert into activation (activation_id, forum_id, state, nation, roles, sequence) values ($1, $2, $3, $4, $5, $6)
       on conflict (activation_id) do update set state = excluded.state, roles = excluded.roles, sequence = excluded.sequence
        where activation.sequence < excluded.sequence`,
      [
        activation.activationId,
        activation.forumId,
        activation.state,
        activation.nation,
        JSON.stringify(activation.roles),
        sequence,
      ],
    );
  }

  async transition(tx: Transaction, activationId: string, to: string, sequence: number): Promise<void> {
    await sql(tx).run('update activation set state = $2, sequence = $3 where activation_id = $1 and sequence < $3', [
      activationId,
      to,
      sequence,
    ]);
  }

  async activations(tx: Transaction, ids: readonly string[]): Promise<Map<string, Activation>> {
    const rows = await sql(tx).query<Activation>(
      `select ${ACTIVATION} from activation where activation_id = any($1::uuid[])`,
      [[...new Set(ids)]],
    );
    return new Map(rows.map((row) => [row.activationId, row]));
  }

  /** Takes what coordination says of needs; the later word of one need wins, however often it is said. */
  async verify(tx: Transaction, needs: readonly (Need & { sequence: number })[], now: Date): Promise<void> {
    await sql(tx).insert(
      'need',
      {
        need_id: 'uuid',
        activation_id: 'uuid',
        forum_id: 'uuid',
        organisation_name: 'text',
        role_code: 'text',
        places: 'int',
        outward_code: 'text',
        district: 'text',
        latitude: 'float8',
        longitude: 'float8',
        starts_at: 'timestamptz',
        ends_at: 'timestamptz',
        skills: 'jsonb',
        remote: 'boolean',
        state: 'text',
        sequence: 'bigint',
        created_at: 'timestamptz',
      },
      needs.map((need) => ({
        need_id: need.needId,
        activation_id: need.activationId,
        forum_id: need.forumId,
        organisation_name: need.organisationName,
        role_code: need.roleCode,
        places: need.places,
        outward_code: need.outwardCode,
        district: need.district,
        latitude: need.latitude,
        longitude: need.longitude,
        starts_at: need.startsAt,
        ends_at: need.endsAt,
        skills: need.skills,
        remote: need.remote,
        state: need.state,
        sequence: need.sequence,
        created_at: now,
      })),
      'on conflict (need_id) do nothing',
    );
  }

  async cancel(tx: Transaction, needIds: readonly string[]): Promise<string[]> {
    const rows = await sql(tx).query<{ need_id: string }>(
      `update need set state = 'cancelled', wind_up = true where need_id in (
         select need_id from need where need_id = any($1::uuid[]) and state = 'open' order by need_id for update)
       returning need_id`,
      [needIds],
    );
    return rows.map((row) => row.need_id);
  }

  /** Needs of these activations with places still to fill. */
  async wanting(tx: Transaction, activationIds: readonly string[], now: Date): Promise<Need[]> {
    return sql(tx).query<Need>(
      `select ${NEED} from need where activation_id = any($1::uuid[]) and state = 'open' and filled < places and starts_at > $2
        order by need_id`,
      [[...new Set(activationIds)], now],
    );
  }

  /** Activations in which some need may want an offer. */
  async withDemand(tx: Transaction, now: Date): Promise<Activation[]> {
    return sql(tx).query<Activation>(
      `select ${ACTIVATION} from activation a where exists (
         select from need n where n.activation_id = a.activation_id and n.state = 'open' and n.filled < n.places and n.starts_at > $1)`,
      [now],
    );
  }

  /** Accepted ÷ answered over an activation, with a prior of one half. */
  async usualRate(tx: Transaction, activationId: string): Promise<number> {
    const [row] = await sql(tx).query<{ rate: number }>(
      `select ((coalesce(sum(accepted), 0) + 5) / (coalesce(sum(accepted + closed), 0) + 10.0))::float8 as rate
         from need where activation_id = $1`,
      [activationId],
    );
    return row!.rate;
  }

  async looked(tx: Transaction, needs: readonly { needId: string; exhausted: boolean }[], at: Date): Promise<void> {
    const sorted = [...needs].sort((a, b) => (a.needId < b.needId ? -1 : 1));
    await sql(tx).update(
      'need',
      { need_id: 'uuid' },
      { looked_at: 'timestamptz', exhausted: 'boolean' },
      sorted.map(({ needId, exhausted }) => ({ need_id: needId, looked_at: at, exhausted })),
    );
  }

  /** Did anybody join, change or come free in an activation since? */
  async movedSince(tx: Transaction, activationId: string, since: Date): Promise<boolean> {
    const rows = await sql(tx).query(
      `select from member where activation_id = $1 and changed_at > $2 and pool in ('active', 'reserve') and not paused
          and open_offers = 0 limit 1`,
      [activationId, since],
    );
    return rows.length > 0;
  }
}
