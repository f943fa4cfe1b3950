import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Arrived } from '../event-log.js';

export type LetterState = 'retrying' | 'parked' | 'following' | 'replayed' | 'discarded';

export interface NewLetter {
  readonly consumer: string;
  readonly eventId: string;
  readonly type: string | null;
  readonly forumId: string | null;
  readonly arrived: Arrived;
  readonly state: 'retrying' | 'parked' | 'following';
  readonly reason: string;
  readonly error: string;
  readonly nextTryAt: Date | null;
}

export interface Letter {
  readonly id: string;
  readonly seq: number;
  readonly consumer: string;
  readonly eventId: string;
  readonly type: string | null;
  readonly key: string;
  readonly forumId: string | null;
  readonly state: LetterState;
  readonly reason: string;
  readonly attempts: number;
  readonly nextTryAt: Date | null;
  readonly firstError: string;
  readonly lastError: string;
  readonly parkedAt: Date;
  readonly settledAt: Date | null;
  readonly discardAskedBy: string | null;
  readonly edited: boolean;
  readonly arrived: Arrived;
}

/** A body this long is a mistake of its sender; what is kept of it shows which. */
const KEPT_BYTES = 1_048_576;

export const writeLetters = (tx: Transaction, letters: readonly NewLetter[]): Promise<unknown> =>
  sql(tx).insert(
    'dead_letter',
    {
      consumer: 'text',
      event_id: 'uuid',
      type: 'text',
      topic: 'text',
      partition: 'int',
      log_offset: 'bigint',
      key: 'text',
      forum_id: 'uuid',
      headers: 'jsonb',
      body: 'bytea',
      state: 'text',
      reason: 'text',
      next_try_at: 'timestamptz',
      first_error: 'text',
      last_error: 'text',
    },
    letters.map((letter) => ({
      consumer: letter.consumer,
      event_id: letter.eventId,
      type: letter.type,
      topic: letter.arrived.topic,
      partition: letter.arrived.partition,
      log_offset: letter.arrived.offset,
      key: withoutNul(letter.arrived.key),
      forum_id: letter.forumId,
      headers: Object.fromEntries(
        Object.entries(letter.arrived.headers).map(([name, value]) => [withoutNul(name), withoutNul(value)]),
      ),
      body: letter.arrived.value?.subarray(0, KEPT_BYTES) ?? null,
      state: letter.state,
      reason: letter.reason,
      next_try_at: letter.nextTryAt,
      first_error: letter.error,
      last_error: letter.error,
    })),
    'on conflict (consumer, event_id) do nothing',
  );

/** Postgres text knows no NUL. */
const withoutNul = (text: string): string => text.replaceAll('\0', '\uFFFD').slice(0, 2000);

const COLUMNS = `id, seq::float8 as seq, consumer, event_id as "eventId", type, topic, partition, log_offset::text as log_offset, key,
  forum_id as "forumId", headers, body, original is not null as edited, state, reason, attempts, next_try_at as "nextTryAt",
  first_error as "firstError", last_error as "lastError", parked_at as "parkedAt", settled_at as "settledAt",
  discard_asked_by as "discardAskedBy"`;

type Row = Omit<Letter, 'arrived'> & {
  topic: string;
  partition: number;
  log_offset: string;
  headers: Record<string, string>;
  body: Buffer | null;
};

const letterFrom = ({ topic, partition, log_offset, headers, body, ...row }: Row): Letter => ({
  ...row,
  arrived: { topic, partition, offset: log_offset, key: row.key, headers, value: body },
});

export const letterById = async (tx: Transaction, id: string): Promise<Letter | null> => {
  const [row] = await sql(tx).query<Row>(`select ${COLUMNS} from dead_letter where id = $1 for update`, [id]);
  return row ? letterFrom(row) : null;
};

/** Without a lock: the consumer's comes before the letter's. */
export const placeOfLetter = async (tx: Transaction, id: string): Promise<{ consumer: string; key: string } | null> => {
  const [row] = await sql(tx).query<{ consumer: string; key: string }>(
    'select consumer, key from dead_letter where id = $1',
    [id],
  );
  return row ?? null;
};

export const OPEN = `state in ('retrying', 'parked', 'following')`;

/** The letters of one consumer and key that wait, the one at fault first. */
export const openLetters = async (tx: Transaction, consumer: string, key: string, limit: number): Promise<Letter[]> => {
  const rows = await sql(tx).query<Row>(
    `select ${COLUMNS} from dead_letter where consumer = $1 and key = $2 and ${OPEN} order by seq limit $3`,
    [consumer, key, limit],
  );
  return rows.map(letterFrom);
};

/** No letter waits for half a minute: what is due later than that was put off by a clock that ran ahead. */
export const dueLetters = (tx: Transaction, now: Date, limit: number): Promise<{ id: string; consumer: string }[]> =>
  sql(tx).query(
    `select id, consumer from dead_letter
      where state = 'retrying' and (next_try_at <= $1 or next_try_at > $1::timestamptz + interval '30 seconds')
      order by next_try_at limit $2`,
    [now, limit],
  );

/** What a build that knows more may now be able to read. */
export const unknownLetters = (tx: Transaction): Promise<{ id: string; consumer: string; type: string | null }[]> =>
  sql(tx).query(
    `select id, consumer, type from dead_letter
      where state = 'parked' and reason in ('unknown-version', 'unknown-type') order by seq limit 10000`,
  );

export const settle = (
  tx: Transaction,
  ids: readonly string[],
  state: 'replayed' | 'discarded',
  at: Date,
): Promise<number> =>
  sql(tx).run(
    `update dead_letter set state = $2, settled_at = $3, tried_at = $3, next_try_at = null where id = any ($1::uuid[])`,
    [ids, state, at],
  );

export const failAgain = (
  tx: Transaction,
  letter: { id: string; attempts: number; reason: string; error: string },
  next: Date | null,
  at: Date,
): Promise<number> =>
  sql(tx).run(
    `update dead_letter set state = case when $5::timestamptz is null then 'parked' else 'retrying' end, attempts = $2,
            reason = $3, last_error = $4, next_try_at = $5, tried_at = $6 where id = $1`,
    [letter.id, letter.attempts, letter.reason, letter.error, next, at],
  );

/** After the first of a key is gone, the next is tried at once. */
export const promoteNext = (tx: Transaction, consumer: string, key: string, at: Date): Promise<number> =>
  sql(tx).run(
    `update dead_letter set state = 'retrying', next_try_at = $3 where state = 'following' and id =
       (select id from dead_letter where consumer = $1 and key = $2 and ${OPEN} order by seq limit 1)`,
    [consumer, key, at],
  );

export const replaceBody = (tx: Transaction, id: string, body: Buffer, at: Date): Promise<number> =>
  sql(tx).run(
    `update dead_letter set original = coalesce(original, body), body = $2, attempts = 0,
            state = case when state = 'following' then state else 'retrying' end,
            next_try_at = case when state = 'following' then null else $3::timestamptz end where id = $1`,
    [id, body, at],
  );

export const askToDiscard = (tx: Transaction, id: string, memberId: string): Promise<number> =>
  sql(tx).run('update dead_letter set discard_asked_by = $2 where id = $1', [id, memberId]);

export const writeAct = (
  tx: Transaction,
  act: {
    letterId: string;
    act: 'replay' | 'edit' | 'discard-asked' | 'discard';
    memberId: string | null;
    reason: string | null;
    outcome: string;
  },
): Promise<unknown> =>
  sql(tx).insert('letter_act', { letter_id: 'uuid', act: 'text', member_id: 'uuid', reason: 'text', outcome: 'text' }, [
    {
      letter_id: act.letterId,
      act: act.act,
      member_id: act.memberId,
      reason: act.reason,
      outcome: act.outcome,
    },
  ]);

export interface LetterFilter {
  readonly consumer?: string;
  readonly type?: string;
  readonly reasonCode?: string;
  /** Forums whose letters are left out. */
  readonly notOf?: readonly string[];
  /** Default: whatever is open. */
  readonly state?: LetterState;
  /** Id of the last letter of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

export const listLetters = async (tx: Transaction, filter: LetterFilter): Promise<Letter[]> => {
  const rows = await sql(tx).query<Row>(
    `select ${COLUMNS} from dead_letter
      where ($1::text is null or consumer = $1) and ($2::text is null or type = $2) and ($3::text is null or reason = $3)
        and case when $4::text is null then ${OPEN} else state = $4 end and ($5::uuid is null or id < $5)
        and (forum_id is null or forum_id <> all ($6::uuid[]))
      order by id desc limit $7`,
    [
      filter.consumer ?? null,
      filter.type ?? null,
      filter.reasonCode ?? null,
      filter.state ?? null,
      filter.after ?? null,
      filter.notOf ?? [],
      Math.min(filter.limit ?? 50, 200),
    ],
  );
  return rows.map(letterFrom);
};

export const lettersOfKey = async (tx: Transaction, key: string): Promise<Letter[]> => {
  const rows = await sql(tx).query<Row>(`select ${COLUMNS} from dead_letter where key = $1 order by seq limit 200`, [
    key,
  ]);
  return rows.map(letterFrom);
};

export const actsOn = (
  tx: Transaction,
  letterId: string,
): Promise<{ act: string; memberId: string | null; reason: string | null; outcome: string; at: Date }[]> =>
  sql(tx).query(
    'select act, member_id as "memberId", reason, outcome, at from letter_act where letter_id = $1 order by at',
    [letterId],
  );

export const countOpen = async (tx: Transaction): Promise<Record<LetterState, number>> => {
  const rows = await sql(tx).query<{ state: LetterState; n: string }>(
    `select state, count(*) as n from dead_letter where ${OPEN} group by state`,
  );
  const counts = { retrying: 0, parked: 0, following: 0, replayed: 0, discarded: 0 };
  for (const { state, n } of rows) counts[state] = Number(n);
  return counts;
};

/** Empties what letters of erased people hold. */
export const scrubLetters = (tx: Transaction, persons: readonly string[], spared: readonly string[]): Promise<number> =>
  sql(tx).run(
    `update dead_letter set body = null, original = null, state = 'discarded', next_try_at = null,
            settled_at = coalesce(settled_at, clock_timestamp())
      where key = any ($1::text[]) and coalesce(type, '') <> all ($2::text[])`,
    [persons, spared],
  );

export const trimLetters = (tx: Transaction, before: Date, limit: number): Promise<number> =>
  sql(tx).run(
    `delete from dead_letter where id in (select id from dead_letter
      where state in ('replayed', 'discarded') and settled_at < $1 limit $2)`,
    [before, limit],
  );
