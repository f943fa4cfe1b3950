import { Injectable } from '@nestjs/common';
import type { ActivationOpened, ActivationTransitioned, DataOf, IntakeMode } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { PostcodeTable } from '@app/geography';
import type { Activation, Role } from './activation.js';
import type { OwnedCode } from '../submit/owner.decider.js';

interface ActivationRow {
  id: string;
  forum_id: string;
  forum_name: string;
  slug: string;
  kind: Activation['kind'];
  state: Activation['state'];
  title: Activation['title'];
  nation: Activation['nation'];
  desk_id: string;
  desk_name: string;
  mode: IntakeMode;
  mode_until: Date | null;
}

interface RoleRow {
  code: string;
  title: Role['title'];
  tier: Role['tier'];
  checks: string[];
  minimum_age: number;
  remote: boolean;
  skills: string[];
  mode: IntakeMode;
  mode_until: Date | null;
}

@Injectable()
export class ActivationRepository {
  constructor(private readonly postcodes: PostcodeTable) {}

  /** A replayed opening keeps what was set here since: the mode of the door and a later state. */
  async open(tx: Transaction, opened: readonly DataOf<typeof ActivationOpened>[]): Promise<void> {
    const s = sql(tx);
    await s.insert(
      'activation',
      {
        id: 'uuid',
        forum_id: 'uuid',
        forum_name: 'text',
        slug: 'text',
        kind: 'text',
        state: 'text',
        title: 'jsonb',
        nation: 'text',
        opened_at: 'timestamptz',
        state_at: 'timestamptz',
        desk_id: 'uuid',
        desk_name: 'text',
      },
      opened.map((one) => ({
        id: one.activationId,
        forum_id: one.forumId,
        forum_name: one.forumName,
        slug: one.slug,
        kind: one.kind,
        state: one.state,
        title: one.title,
        nation: one.nation,
        opened_at: one.openedAt,
        state_at: one.openedAt,
        desk_id: one.desk.organisationId,
        desk_name: one.desk.name,
      })),
      `on conflict (id) do update set forum_name = excluded.forum_name, title = excluded.title,
         desk_id = excluded.desk_id, desk_name = excluded.desk_name,
         state = case when activation.state_at > excluded.state_at then activation.state else excluded.state end,
         state_at = greatest(activation.state_at, excluded.state_at)`,
    );
    await s.insert(
      'activation_role',
      {
        activation_id: 'uuid',
        forum_id: 'uuid',
        code: 'text',
        position: 'integer',
        title: 'jsonb',
        tier: 'text',
        checks: 'text[]',
        minimum_age: 'integer',
        remote: 'boolean',
        skills: 'text[]',
      },
      opened.flatMap((one) =>
        one.roles.map((role, position) => ({
          activation_id: one.activationId,
          forum_id: one.forumId,
          code: role.code,
          position,
          title: role.title,
          tier: role.tier,
          checks: role.checks,
          minimum_age: role.minimumAge,
          remote: role.remote,
          skills: role.skills,
        })),
      ),
      `on conflict (activation_id, code) do update set position = excluded.position, title = excluded.title,
         tier = excluded.tier, checks = excluded.checks, minimum_age = excluded.minimum_age, remote = excluded.remote,
         skills = excluded.skills`,
    );
    await s.insert(
      'activation_owner',
      {
        activation_id: 'uuid',
        forum_id: 'uuid',
        outward_code: 'text',
        organisation_id: 'uuid',
        name: 'text',
        district: 'text',
      },
      opened.flatMap((one) =>
        one.owners.flatMap((owner) =>
          owner.outwardCodes.map((code) => ({
            activation_id: one.activationId,
            forum_id: one.forumId,
            outward_code: code,
            organisation_id: owner.organisationId,
            name: owner.name,
            district: owner.district,
          })),
        ),
      ),
      `on conflict (activation_id, outward_code) do update set organisation_id = excluded.organisation_id,
         name = excluded.name, district = excluded.district`,
    );
  }

  async transition(tx: Transaction, moves: readonly DataOf<typeof ActivationTransitioned>[]): Promise<void> {
    await sql(tx).update(
      'activation',
      { id: 'uuid' },
      { state: 'text', state_at: 'timestamptz' },
      moves.map((move) => ({ id: move.activationId, state: move.to, state_at: move.at })),
      'where target.state_at <= changed.state_at',
    );
  }

  async bySlug(tx: Transaction, slug: string): Promise<Activation | null> {
    const [row] = await sql(tx).query<ActivationRow>('select * from activation where slug = $1', [slug]);
    return row ? this.whole(tx, row) : null;
  }

  /** All that are not closed, the newest first. */
  async running(
    tx: Transaction,
  ): Promise<Pick<Activation, 'id' | 'slug' | 'kind' | 'state' | 'title' | 'forumName'>[]> {
    const rows = await sql(tx).query<ActivationRow>(
      "select * from activation where state <> 'closed' and kind = 'actual' order by opened_at desc",
    );
    return rows.map(({ id, slug, kind, state, title, forum_name }) => ({
      id,
      slug,
      kind,
      state,
      title,
      forumName: forum_name,
    }));
  }

  async setMode(
    tx: Transaction,
    at: {
      forumId: string;
      slug: string;
      role: string | null;
      mode: IntakeMode;
      reason: string;
      until: Date | null;
    },
  ): Promise<number> {
    return at.role === null
      ? sql(tx).run(
          `update activation set mode = $3, mode_reason = $4, mode_until = $5
            where forum_id = $1 and (slug = $2 or id::text = $2)`,
          [at.forumId, at.slug, at.mode, at.reason, at.until],
        )
      : sql(tx).run(
          `update activation_role set mode = $4, mode_reason = $5, mode_until = $6
            where forum_id = $1 and code = $3 and activation_id in (select id from activation where slug = $2 or id::text = $2)`,
          [at.forumId, at.slug, at.role, at.mode, at.reason, at.until],
        );
  }

  /** The strictest mode that stands anywhere. */
  async modes(tx: Transaction, now: Date): Promise<{ slug: string; mode: IntakeMode }[]> {
    return sql(tx).query(
      `select slug, mode from activation where mode <> 'open' and (mode_until is null or mode_until > $1) and state <> 'closed'
       union select a.slug, r.mode from activation_role r join activation a on a.id = r.activation_id
        where r.mode <> 'open' and (r.mode_until is null or r.mode_until > $1) and a.state <> 'closed'`,
      [now],
    );
  }

  private async whole(tx: Transaction, row: ActivationRow): Promise<Activation> {
    const s = sql(tx);
    const roles = await s.query<RoleRow>('select * from activation_role where activation_id = $1 order by position', [
      row.id,
    ]);
    const owners = await s.query<{ outward_code: string; organisation_id: string; name: string }>(
      'select outward_code, organisation_id, name from activation_owner where activation_id = $1',
      [row.id],
    );
    const places = await this.postcodes.find(
      tx,
      owners.map(({ outward_code }) => outward_code),
    );
    const codes = new Map<string, OwnedCode>(
      owners.map(({ outward_code, organisation_id, name }) => [
        outward_code,
        { outwardCode: outward_code, id: organisation_id, name, place: places.get(outward_code) ?? null },
      ]),
    );
    return {
      id: row.id,
      forumId: row.forum_id,
      forumName: row.forum_name,
      slug: row.slug,
      kind: row.kind,
      state: row.state,
      title: row.title,
      nation: row.nation,
      setting: { mode: row.mode, until: row.mode_until },
      roles: roles.map((role) => ({
        code: role.code,
        title: role.title,
        tier: role.tier,
        checks: role.checks,
        minimumAge: role.minimum_age,
        remote: role.remote,
        skills: role.skills,
        setting: { mode: role.mode, until: role.mode_until },
      })),
      territory: { desk: { id: row.desk_id, name: row.desk_name }, codes },
    };
  }
}
