import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Consumer } from './registry.js';

/**
 * Makes new consumers known. One that joins a group which has read before must catch up by itself,
 * because the group's offsets are past what it wants.
 */
export const registerConsumers = async (tx: Transaction, consumers: readonly Consumer[]): Promise<void> => {
  await sql(tx).query('lock table consumer in share row exclusive mode');
  await sql(tx).query(
    `insert into consumer (name, consumer_group, since, catching_up)
     select g.name, g.consumer_group, case when g.from_now then clock_timestamp() end,
            not g.from_now and exists (select from consumer c where c.consumer_group = g.consumer_group)
       from unnest($1::text[], $2::text[], $3::boolean[]) as g(name, consumer_group, from_now)
     on conflict (name) do update set consumer_group = excluded.consumer_group`,
    [
      consumers.map(({ consumer }) => consumer),
      consumers.map(({ group }) => group),
      consumers.map(({ from }) => from === 'now'),
    ],
  );
};

export const sinceOf = async (tx: Transaction): Promise<ReadonlyMap<string, Date>> => {
  const rows = await sql(tx).query<{ name: string; since: Date }>(
    'select name, since from consumer where since is not null',
  );
  return new Map(rows.map(({ name, since }) => [name, since]));
};

export const catchingUp = async (tx: Transaction): Promise<string[]> =>
  (await sql(tx).query<{ name: string }>('select name from consumer where catching_up order by name')).map(
    ({ name }) => name,
  );

export const markCatchingUp = (tx: Transaction, consumer: string, yes: boolean): Promise<number> =>
  sql(tx).run('update consumer set catching_up = $2 where name = $1', [consumer, yes]);
