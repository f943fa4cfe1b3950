import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Given {
  readonly consumer: string;
  readonly id: string;
}

export interface Look {
  /** `consumer|event`: had its effect before, or is left to a reader that catches up. */
  readonly known: ReadonlySet<string>;
  /** `consumer|key`: something of this key waits, so it must wait behind it. */
  readonly waiting: ReadonlySet<string>;
  readonly erased: ReadonlySet<string>;
}

export const placeOf = (consumer: string, what: string): string => `${consumer}|${what}`;

const lockNumber = `hashtextextended('consumer ' || current_schema() || ' ' || given.name, 0)`;

/** Deliveries go side by side; whoever parks, replays or discards has the consumer alone. */
export const lockConsumers = async (
  tx: Transaction,
  consumers: readonly string[],
  how: 'shared' | 'alone',
): Promise<void> => {
  const lock = how === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await sql(tx).query(
    `select ${lock}(${lockNumber}) from (select name from unnest($1::text[]) as name order by name) given`,
    [consumers],
  );
};

/** For as long as a session of its own lasts; deliveries of this consumer wait. */
export const lockConsumerForSession = (statements: Transaction, consumer: string): Promise<unknown> =>
  sql(statements).query(`select pg_advisory_lock(${lockNumber}) from (select $1::text as name) given`, [consumer]);

/** One look before a batch: the inbox insert is itself the check for duplicates. The locks must be held already. */
export const lookAndRemember = async (
  tx: Transaction,
  given: readonly Given[],
  keys: readonly string[],
  persons: readonly string[] | null,
  catchingUp: boolean,
): Promise<Look> => {
  const names = [...new Set(given.map(({ consumer }) => consumer))];
  const numbers = new Map(names.map((name, at) => [name, at + 1]));
  // Few names and many numbers are cheaper to send than many names; what is fresh is listed only when not all of it is.
  const [row] = await sql(tx).query<{ fresh: string[] | null; waiting: string[] | null; erased: string[] | null }>(
    `with fresh as (
       insert into inbox (consumer, event_id)
       select ($1::text[])[g.number], g.event_id from unnest($2::int[], $3::uuid[]) as g(number, event_id)
        where $5 or not exists (select from consumer c where c.catching_up and c.name = ($1::text[])[g.number])
        order by g.number, g.event_id
       on conflict do nothing returning consumer, event_id)
     select (select case when count(*) = $6 then null else coalesce(array_agg(f.consumer || '|' || f.event_id), '{}') end
               from fresh f) as fresh,
            (select array_agg(distinct d.consumer || '|' || d.key) from dead_letter d
              where d.state in ('retrying', 'parked', 'following') and d.consumer = any ($1) and d.key = any ($4::text[])) as waiting,
            ${persons === null ? 'null::text[]' : '(select array_agg(e.person_id::text) from keyring.erased e where e.person_id = any ($7::uuid[]))'} as erased`,
    [
      names,
      given.map(({ consumer }) => numbers.get(consumer)),
      given.map(({ id }) => id),
      keys,
      catchingUp,
      given.length,
      ...(persons === null ? [] : [persons]),
    ],
  );
  const fresh = row?.fresh ? new Set(row.fresh) : null;
  const places = fresh ? given.map(({ consumer, id }) => placeOf(consumer, id)) : [];
  return {
    known: new Set(places.filter((place) => !fresh?.has(place))),
    waiting: new Set(row?.waiting ?? []),
    erased: new Set(row?.erased ?? []),
  };
};

/** The least that can be asked of a database that is well. */
export const answers = (tx: Transaction): Promise<unknown> => sql(tx).query('select 1');

/** Whether this app may ask who was erased; before libs/privacy is installed nobody is. */
export const canSeeErased = async (tx: Transaction): Promise<boolean> => {
  const [row] = await sql(tx).query<{ can: boolean | null }>(
    `select coalesce(has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'), false) as can
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'keyring' and c.relname = 'erased'`,
  );
  return row?.can === true;
};

export const erasedAmong = async (tx: Transaction, persons: readonly string[]): Promise<ReadonlySet<string>> => {
  const rows = await sql(tx).query<{ id: string }>(
    'select person_id::text as id from keyring.erased where person_id = any ($1::uuid[])',
    [persons],
  );
  return new Set(rows.map(({ id }) => id));
};

/** Forgets what a consumer has read, so that it can read it all again. */
export const forgetInbox = async (tx: Transaction, consumer: string, limit: number): Promise<number> =>
  sql(tx).run(
    'delete from inbox where consumer = $1 and event_id in (select event_id from inbox where consumer = $1 limit $2)',
    [consumer, limit],
  );

/** Time stands in front in the ids, so the oldest lie at one end of the index. */
export const trimInbox = async (tx: Transaction, consumer: string, before: string, limit: number): Promise<number> =>
  sql(tx).run(
    `delete from inbox where consumer = $1 and event_id in
       (select event_id from inbox where consumer = $1 and event_id < $2 order by event_id limit $3)`,
    [consumer, before, limit],
  );
