import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Client } from 'pg';

export interface Books {
  /** Keys that were acknowledged. */
  readonly acknowledged: number;
  readonly ids: ReadonlySet<string>;
  /** Each makes the score zero. */
  readonly faults: readonly string[];
}

const SLICE = 10_000;

/** Every id that was ever acknowledged against the rows: none lost, none doubled, none that nobody was told of. */
export const checkLedger = async (file: string, database: Client, since: Date): Promise<Books> => {
  const byKey = new Map<string, string>();
  const unanswered = new Set<string>();
  let twoIds = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [key, id] = line.split(' ') as [string, string];
    if (id === '-') unanswered.add(key);
    else if ((byKey.get(key) ?? id) !== id) twoIds += 1;
    else byKey.set(key, id);
  }
  for (const key of byKey.keys()) unanswered.delete(key);
  const ids = new Set(byKey.values());
  const missing = { rows: 0, events: 0, keys: 0 };
  const all = [...ids];
  for (let at = 0; at < all.length; at += SLICE) {
    const { rows } = await database.query<Record<keyof typeof missing, string>>(
      `select count(*) filter (where a.id is null) as rows,
              count(*) filter (where (select count(*) from intake.journal j where j.key = given.id::text
                and j.type = 'intake.application-submitted.v1') <> 1) as events,
              count(*) filter (where not exists (select from keyring.data_key_contact k where k.person_id = given.id)) as keys
         from unnest($1::uuid[]) as given(id) left join intake.application a on a.id = given.id`,
      [all.slice(at, at + SLICE)],
    );
    for (const name of ['rows', 'events', 'keys'] as const) missing[name] += Number(rows[0]![name]);
  }
  const { rows } = await database.query<{ n: string }>(
    `select count(*) as n from intake.application where submitted_at >= $1`,
    [since],
  );
  const unnamed = Number(rows[0]!.n) - (ids.size - missing.rows);
  const checks: readonly (readonly [number, string])[] = [
    [twoIds, 'keys were answered with two ids'],
    [byKey.size - ids.size, 'ids were given to two keys'],
    [missing.rows, 'acknowledged applications have no row'],
    [missing.events, 'acknowledged applications have not exactly one event'],
    [missing.keys, 'acknowledged applications have no key'],
    [Math.max(0, unnamed - unanswered.size), 'applications exist that nobody was told of'],
  ];
  const faults = checks.filter(([count]) => count > 0).map(([count, says]) => `${count} ${says}`);
  return { acknowledged: byKey.size, ids, faults };
};
