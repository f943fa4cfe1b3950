import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

/** `applied`, `duplicates`, `state.<state>`, `promises.<outcome>`. */
export type Counter = string;

/** Counts as appended deltas, added up within a batch before they are written. */
export class Deltas {
  readonly #sums = new Map<string, { activationId: string; counter: Counter; delta: number }>();

  add(activationId: string, counter: Counter, delta = 1): void {
    const key = `${activationId} ${counter}`;
    const known = this.#sums.get(key);
    if (known) known.delta += delta;
    else this.#sums.set(key, { activationId, counter, delta });
  }

  get rows(): { activation_id: string; counter: string; delta: number }[] {
    return [...this.#sums.values()]
      .filter(({ delta }) => delta !== 0)
      .map(({ activationId, counter, delta }) => ({ activation_id: activationId, counter, delta }));
  }
}

@Injectable()
export class TallyRepository {
  async append(tx: Transaction, deltas: Deltas): Promise<void> {
    await sql(tx).insert('tally_delta', { activation_id: 'uuid', counter: 'text', delta: 'integer' }, deltas.rows);
  }

  /** Adds up to `limit` deltas to their counters; how many there were. */
  async fold(tx: Transaction, limit: number): Promise<number> {
    const [row] = await sql(tx).query<{ folded: string }>(
      `with taken as (
         delete from tally_delta where id in (select id from tally_delta order by id limit $1 for update skip locked)
         returning activation_id, counter, delta),
       summed as (
         select activation_id, counter, sum(delta)::bigint as value from taken group by 1, 2 order by 1, 2),
       written as (
         insert into tally (activation_id, counter, value) select activation_id, counter, value from summed
         on conflict (activation_id, counter) do update set value = tally.value + excluded.value)
       select count(*) as folded from taken`,
      [limit],
    );
    return Number(row?.folded ?? 0);
  }

  async counters(
    tx: Transaction,
  ): Promise<Map<string, { forumId: string; mode: string; counters: Map<string, number> }>> {
    const rows = await sql(tx).query<{ id: string; forum_id: string; mode: string; counter: string; value: string }>(
      `select a.id, a.forum_id, a.mode, t.counter, t.value from activation a join tally t on t.activation_id = a.id
        where a.state <> 'closed'`,
    );
    const found = new Map<string, { forumId: string; mode: string; counters: Map<string, number> }>();
    for (const row of rows) {
      let one = found.get(row.id);
      if (!one) found.set(row.id, (one = { forumId: row.forum_id, mode: row.mode, counters: new Map() }));
      one.counters.set(row.counter, Number(row.value));
    }
    return found;
  }

  /** Depends on the hour, so it is counted, on an index and not on any hot path. */
  async due(tx: Transaction, now: Date): Promise<Map<string, { dueWithin24h: number; overdue: number }>> {
    const rows = await sql(tx).query<{ activation_id: string; soon: string; overdue: string }>(
      `select activation_id, count(*) filter (where promise_due_at >= $1) as soon,
              count(*) filter (where promise_due_at < $1) as overdue
         from application where promise_due_at < $1::timestamptz + interval '24 hours' group by 1`,
      [now],
    );
    return new Map(
      rows.map((row) => [row.activation_id, { dueWithin24h: Number(row.soon), overdue: Number(row.overdue) }]),
    );
  }

  async published(tx: Transaction): Promise<Map<string, { version: number; said: string }>> {
    const rows = await sql(tx).query<{ activation_id: string; version: number; said: string }>(
      'select activation_id, version, said from tally_published',
    );
    return new Map(rows.map((row) => [row.activation_id, row]));
  }

  async setPublished(
    tx: Transaction,
    rows: readonly { activation_id: string; version: number; said: string; at: Date }[],
  ): Promise<void> {
    await sql(tx).insert(
      'tally_published',
      { activation_id: 'uuid', version: 'integer', said: 'text', at: 'timestamptz' },
      rows,
      'on conflict (activation_id) do update set version = excluded.version, said = excluded.said, at = excluded.at',
    );
  }

  /** One folder at a time: two would publish each other's past. */
  async lead(tx: Transaction): Promise<boolean> {
    const [row] = await sql(tx).query<{ mine: boolean }>(
      "select pg_try_advisory_xact_lock(hashtextextended('intake.tally', 0)) as mine",
    );
    return row?.mine ?? false;
  }
}
