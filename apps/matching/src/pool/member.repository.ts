import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Member } from './member.js';

export const MEMBER = `application_id as "applicationId", activation_id as "activationId", forum_id as "forumId", pool, paused,
  paused_until::text as "pausedUntil", ended, cleared_at as "clearedAt", tier, cleared_roles as "clearedRoles",
  clearance_sequence::int as "clearanceSequence", profile, profile_version as "profileVersion", latitude, longitude,
  offers_made as "offersMade", open_offers as "openOffers", assigned, version, changed_at as "changedAt"`;

const COLUMNS = {
  pool: 'text',
  paused: 'boolean',
  paused_until: 'date',
  ended: 'boolean',
  cleared_at: 'timestamptz',
  tier: 'text',
  cleared_roles: 'jsonb',
  clearance_sequence: 'bigint',
  profile: 'jsonb',
  profile_version: 'int',
  latitude: 'float8',
  longitude: 'float8',
  offers_made: 'int',
  open_offers: 'int',
  assigned: 'int',
  version: 'int',
  changed_at: 'timestamptz',
} as const;

/** Where a reading of the line in fair order stands. */
export interface LinePosition {
  readonly offersMade: number;
  readonly clearedAt: Date;
  readonly applicationId: string;
}

/** Counts as a serialisation failure: the same batch fits a moment later. */
class Raced extends Error {
  readonly code = '40001';
  constructor() {
    super('another batch made the same member');
    this.name = 'Raced';
  }
}

@Injectable()
export class MemberRepository {
  async lock(tx: Transaction, applicationIds: readonly string[]): Promise<Map<string, Member>> {
    const rows = await sql(tx).query<Member>(
      `select ${MEMBER} from member where application_id = any($1::uuid[]) order by application_id for update`,
      [[...new Set(applicationIds)]],
    );
    return new Map(rows.map((row) => [row.applicationId, row]));
  }

  /** Two topics may bring one person at the same moment: whoever comes second does its work again, knowing of the first. */
  async insert(tx: Transaction, members: readonly Member[]): Promise<void> {
    const sorted = [...members].sort((a, b) => (a.applicationId < b.applicationId ? -1 : 1));
    const rows = await sql(tx).insert(
      'member',
      { application_id: 'uuid', activation_id: 'uuid', forum_id: 'uuid', ...COLUMNS },
      sorted.map(rowOf),
      'on conflict (application_id) do nothing returning application_id',
    );
    if (rows.length < members.length) throw new Raced();
  }

  async update(tx: Transaction, members: readonly Member[]): Promise<void> {
    await sql(tx).update('member', { application_id: 'uuid' }, COLUMNS, members.map(rowOf));
  }

  /**
   * People who can be offered something, in fair order: fewest offers, longest since clearance.
   * With `since` only those who joined, changed or came free after it.
   */
  async free(
    tx: Transaction,
    activationId: string,
    o: { after: LinePosition | null; since: Date | null; roles: readonly string[]; limit: number },
  ): Promise<Member[]> {
    return sql(tx).query<Member>(
      `select ${MEMBER} from member
        where activation_id = $1 and pool in ('active', 'reserve') and not paused and open_offers = 0
          and ($2::int is null or (offers_made, cleared_at, application_id) > ($2, $3::timestamptz, $4::uuid))
          and ($5::timestamptz is null or changed_at > $5) and cleared_roles ?| $6::text[]
        order by offers_made, cleared_at, application_id limit $7`,
      [
        activationId,
        o.after?.offersMade ?? null,
        o.after?.clearedAt ?? null,
        o.after?.applicationId ?? null,
        o.since,
        [...new Set(o.roles)],
        o.limit,
      ],
    );
  }

  /** Everybody in the pool, in the same order, busy or not. */
  async pool(tx: Transaction, activationId: string, after: LinePosition | null, limit: number): Promise<Member[]> {
    return sql(tx).query<Member>(
      `select ${MEMBER} from member
        where activation_id = $1 and pool in ('active', 'reserve')
          and ($2::int is null or (offers_made, cleared_at, application_id) > ($2, $3::timestamptz, $4::uuid))
        order by offers_made, cleared_at, application_id limit $5`,
      [activationId, after?.offersMade ?? null, after?.clearedAt ?? null, after?.applicationId ?? null, limit],
    );
  }

  /** People in line by role, without places. */
  async line(tx: Transaction, activationIds: readonly string[]): Promise<Map<string, Map<string, number>>> {
    const rows = await sql(tx).query<{ activationId: string; role: string; people: number }>(
      `select activation_id as "activationId", role_code as role, greatest(0, sum(people))::int as people from (
         select activation_id, role_code, people from line where activation_id = any($1::uuid[])
         union all select activation_id, role_code, people from line_delta where activation_id = any($1::uuid[])) all_of_it
        group by activation_id, role_code`,
      [[...new Set(activationIds)]],
    );
    const line = new Map<string, Map<string, number>>();
    for (const { activationId, role, people } of rows) {
      if (!line.has(activationId)) line.set(activationId, new Map());
      line.get(activationId)!.set(role, people);
    }
    return line;
  }
}

const rowOf = (member: Member) => ({
  application_id: member.applicationId,
  activation_id: member.activationId,
  forum_id: member.forumId,
  pool: member.pool,
  paused: member.paused,
  paused_until: member.pausedUntil,
  ended: member.ended,
  cleared_at: member.clearedAt,
  tier: member.tier,
  cleared_roles: member.clearedRoles,
  clearance_sequence: member.clearanceSequence,
  profile: member.profile,
  profile_version: member.profileVersion,
  latitude: member.latitude,
  longitude: member.longitude,
  offers_made: member.offersMade,
  open_offers: member.openOffers,
  assigned: member.assigned,
  version: member.version,
  changed_at: member.changedAt,
});
