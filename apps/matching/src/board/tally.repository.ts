import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { LineDelta, TallyDelta } from './tally.js';

export interface Tally {
  readonly activationId: string;
  readonly forumId: string;
  readonly version: number;
  readonly active: number;
  readonly reserve: number;
  readonly offered: number;
  readonly assigned: number;
  readonly wanted: number;
  readonly filled: number;
}

@Injectable()
export class TallyRepository {
  async count(tx: Transaction, tallies: readonly TallyDelta[], lines: readonly LineDelta[]): Promise<void> {
    const db = sql(tx);
    await db.insert(
      'tally_delta',
      { activation_id: 'uuid', forum_id: 'uuid', active: 'int', reserve: 'int', offered: 'int', assigned: 'int' },
      tallies.map(({ activationId, forumId, ...counts }) => ({
        activation_id: activationId,
        forum_id: forumId,
        ...counts,
      })),
    );
    await db.insert(
      'line_delta',
      { activation_id: 'uuid', role_code: 'text', people: 'int' },
      lines.map(({ activationId, roleCode, people }) => ({
        activation_id: activationId,
        role_code: roleCode,
        people,
      })),
    );
  }

  /** Folds what was appended, takes the places from the needs, and returns the activations whose numbers moved. */
  async fold(tx: Transaction): Promise<Tally[]> {
    const db = sql(tx);
    await db.run(
      `with taken as (
         delete from line_delta where ctid in (select ctid from line_delta limit 20000 for update skip locked) returning *
       )
       insert into line as l (activation_id, role_code, people)
       select activation_id, role_code, sum(people)::int from taken group by 1, 2 order by 1, 2
       on conflict (activation_id, role_code) do update set people = l.people + excluded.people`,
    );
    await db.run(
      `with taken as (
         delete from tally_delta where ctid in (select ctid from tally_delta limit 20000 for update skip locked) returning *
       )
       insert into tally as t (activation_id, forum_id, version, active, reserve, offered, assigned)
       select activation_id, (array_agg(forum_id))[1], 0, sum(active)::int, sum(reserve)::int, sum(offered)::int, sum(assigned)::int
         from taken group by activation_id order by activation_id
       on conflict (activation_id) do update set version = t.version + 1, active = t.active + excluded.active,
         reserve = t.reserve + excluded.reserve, offered = t.offered + excluded.offered, assigned = t.assigned + excluded.assigned`,
    );
    // `version` 0 or a raised one marks what moved; places come from the needs themselves, of which there are few.
    await db.run(
      `insert into tally (activation_id, forum_id, version, active, reserve, offered, assigned)
       select distinct on (activation_id) activation_id, forum_id, 0, 0, 0, 0, 0 from need
        where not exists (select from tally t where t.activation_id = need.activation_id)
       on conflict do nothing`,
    );
    return db.query<Tally>(
      `with places as (
         select activation_id, sum(places)::int as wanted, sum(filled)::int as filled from need where state = 'open' group by activation_id
       )
       update tally t set wanted = coalesce(p.wanted, 0), filled = coalesce(p.filled, 0), version = t.version + 1,
              said_version = t.version + 1
         from (select t2.activation_id, p2.wanted, p2.filled from tally t2 left join places p2 using (activation_id)) p
        where p.activation_id = t.activation_id
          and (t.version > t.said_version or t.wanted <> coalesce(p.wanted, 0) or t.filled <> coalesce(p.filled, 0))
       returning t.activation_id as "activationId", t.forum_id as "forumId", t.version, t.active, t.reserve, t.offered,
         t.assigned, t.wanted, t.filled`,
    );
  }
}
