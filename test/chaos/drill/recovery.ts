import { HELD } from '../../../tools/surge/outcomes.js';
import type { Rehearsal } from '../../../tools/surge/rehearsal.js';

/** Forms that nobody has looked at, and messages that nobody was sent, of all that stood in the journal at a moment. */
export const waitingOf = async ({ database, activationId, outcomes }: Rehearsal, at: Date): Promise<number> => {
  const { rows } = await database.query<{ count: string }>(
    `select (select count(*) from intake.journal j join intake.application a on a.id::text = j.key
              where j.seq > $1 and j.recorded_at <= $2 and a.activation_id = $3
                and j.type like 'intake.application-submitted.%' and a.state = 'submitted')
          + (select count(*) from intake.journal j join intake.application a on a.id::text = j.key
              where j.seq > $1 and j.recorded_at <= $2 and a.activation_id = $3 and j.type like 'intake.message-requested.%'
                and not exists (select from notification.message m where m.request_id::text = j.data::jsonb ->> 'messageId'
                  and (m.state not in ('created', 'queued', 'sending') or ${HELD}))) as count`,
    [outcomes.firstSeq.toString(), at, activationId],
  );
  return Number(rows[0]!.count);
};

/** By how much vetting's first word took longer, at the longest, after a moment than before it. */
export const neighboursWaited = async ({ database, outcomes }: Rehearsal, at: Date): Promise<number> => {
  const { rows } = await database.query<{ longer: number }>(
    `with told as (
       select s.recorded_at, extract(epoch from min(v.recorded_at) - s.recorded_at)::float8 as took
         from intake.journal s join vetting.journal v on v.key = s.key
        where s.seq > $1 and s.type like 'intake.application-submitted.%' group by s.seq, s.recorded_at)
     select coalesce(max(took) filter (where recorded_at between $2::timestamptz - interval '1 s' and $2::timestamptz + interval '5 s'), 0)
          - coalesce(max(took) filter (where recorded_at < $2::timestamptz - interval '1 s'), 0) as longer from told`,
    [outcomes.firstSeq.toString(), at],
  );
  return Math.max(0, Math.round(rows[0]!.longer * 100) / 100);
};

/** What is known of everybody of this activation, in one word. */
export const projectionOf = async ({ database, activationId }: Rehearsal): Promise<string> => {
  const { rows } = await database.query<{ word: string }>(
    `select md5(string_agg(line, ',' order by line)) as word from (
       select concat_ws('|', id, state, pool, version, tasks, promise_due_at) as line from intake.application where activation_id = $1
       union all select concat_ws('|', offer_id, state) from matching.offer where activation_id = $1
       union all select concat_ws('|', id, state, attempts) from notification.message where activation_id = $1) known`,
    [activationId],
  );
  return rows[0]!.word;
};
