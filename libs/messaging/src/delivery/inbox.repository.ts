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
  keys: readonly Given[],
  persons: readonly string[] | null,
  catchingUp: boolean,
): Promise<Look> => {
  const rows = await sql(tx).query<{ is: string; a: string; b: string }>(
    `with given as (select * from unnest($1::text[], $2::uuid[]) as g(consumer, event_id)),
     fresh as (
       insert into inbox (consumer, event_id)
       select g.consumer, g.event_id from given g
        where $5 or not exists (select from consumer c where c.name = g.consumer and c.catching_up)
        order by g.consumer, g.event_id
       on conflict do nothing returning consumer, event_id)
     select 'known' as is, g.consumer as a, g.event_id::text as b from given g
       left join fresh f on f.consumer = g.consumer and f.event_id = g.event_id where f.event_id is null
     union all
     select distinct 'waiting', d.consumer, d.key from unnest($3::text[], $4::text[]) as k(consumer, key)
       join dead_letter d on d.consumer = k.consumer and d.key = k.key and d.state in ('retrying', 'parked', 'following')
     ${persons === null ? '' : `union all select 'erased', '', e.person_id::text from keyring.erased e where e.person_id = any ($6::uuid[])`}`,
    [
      given.map(({ consumer }) => consumer),
      given.map(({ id }) => id),
      keys.map(({ consumer }) => consumer),
      keys.map(({ id }) => id),
      catchingUp,
      ...(persons === null ? [] : [persons]),
    ],
  );
  const of = (is: string) => rows.filter((row) => row.is === is);
  return {
    known: new Set(of('known').map(({ a, b }) => placeOf(a, b))),
    waiting: new Set(of('waiting').map(({ a, b }) => placeOf(a, b))),
    erased: new Set(of('erased').map(({ b }) => b)),
  };
};

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
