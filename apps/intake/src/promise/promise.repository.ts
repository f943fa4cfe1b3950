import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { PromiseOutcome } from './promise.js';

export interface ClosingRow {
  readonly applicationId: string;
  readonly forumId: string;
  readonly activationId: string;
  readonly number: number;
  readonly dueAt: Date;
  readonly messageId: string;
  readonly news: boolean;
}

export interface Judged extends Omit<ClosingRow, 'messageId' | 'news'> {
  readonly outcome: PromiseOutcome;
}

export interface Unjudged extends ClosingRow {
  readonly failedAt: Date | null;
  readonly judged: PromiseOutcome | null;
  /** Held back: the day's messages to that contact were used up. */
  readonly held: boolean;
}

const CLOSING = `c.application_id as "applicationId", c.forum_id as "forumId", c.activation_id as "activationId", c.number,
  c.due_at as "dueAt", c.message_id as "messageId", c.news, c.failed_at as "failedAt", c.judged,
  exists (select from held_message h where h.message_id = c.message_id) as held`;

@Injectable()
export class PromiseRepository {
  async close(tx: Transaction, rows: readonly ClosingRow[]): Promise<void> {
    await sql(tx).insert(
      'promise_closing',
      {
        application_id: 'uuid',
        forum_id: 'uuid',
        activation_id: 'uuid',
        number: 'integer',
        due_at: 'timestamptz',
        message_id: 'uuid',
        news: 'boolean',
      },
      rows.map((row) => ({
        application_id: row.applicationId,
        forum_id: row.forumId,
        activation_id: row.activationId,
        number: row.number,
        due_at: row.dueAt,
        message_id: row.messageId,
        news: row.news,
      })),
    );
  }

  async record(tx: Transaction, rows: readonly Judged[], at: Date): Promise<void> {
    await sql(tx).insert(
      'promise_outcome',
      {
        application_id: 'uuid',
        forum_id: 'uuid',
        activation_id: 'uuid',
        number: 'integer',
        outcome: 'text',
        due_at: 'timestamptz',
        judged_at: 'timestamptz',
      },
      rows.map((row) => ({
        application_id: row.applicationId,
        forum_id: row.forumId,
        activation_id: row.activationId,
        number: row.number,
        outcome: row.outcome,
        due_at: row.dueAt,
        judged_at: at,
      })),
    );
  }

  async byMessage(tx: Transaction, messageIds: readonly string[]): Promise<Unjudged[]> {
    return sql(tx).query<Unjudged>(
      `select ${CLOSING} from promise_closing c where c.message_id = any($1::uuid[])
        order by c.application_id, c.number for update of c`,
      [messageIds],
    );
  }

  async past(tx: Transaction, now: Date, limit: number): Promise<Unjudged[]> {
    return sql(tx).query<Unjudged>(
      `select ${CLOSING} from promise_closing c where c.due_at < $1 and c.judged is null
        order by c.due_at limit $2 for update of c skip locked`,
      [now, limit],
    );
  }

  async forget(tx: Transaction, rows: readonly Pick<ClosingRow, 'applicationId' | 'number'>[]): Promise<void> {
    await sql(tx).run(
      `delete from promise_closing c using unnest($1::uuid[], $2::integer[]) as g(id, number)
        where c.application_id = g.id and c.number = g.number`,
      [rows.map(({ applicationId }) => applicationId), rows.map(({ number }) => number)],
    );
  }

  async setJudged(tx: Transaction, rows: readonly Judged[]): Promise<void> {
    await sql(tx).update(
      'promise_closing',
      { application_id: 'uuid', number: 'integer' },
      { judged: 'text' },
      rows.map(({ applicationId, number, outcome }) => ({ application_id: applicationId, number, judged: outcome })),
    );
  }

  async setFailed(tx: Transaction, messageIds: readonly string[], at: Date): Promise<void> {
    await sql(tx).run('update promise_closing set failed_at = $2 where message_id = any($1::uuid[])', [messageIds, at]);
  }

  /** Open promises whose day has passed without a word: broken, and still owed. */
  async breakOverdue(tx: Transaction, now: Date, limit: number): Promise<Judged[]> {
    return sql(tx).query<Judged>(
      `update application set promise_broken_at = $1 where id in (
         select id from application where promise_due_at < $1 and promise_broken_at is null and promise_rule <> 'declined'
          order by promise_due_at limit $2 for update skip locked)
       returning id as "applicationId", forum_id as "forumId", activation_id as "activationId", promises as number,
                 promise_due_at as "dueAt", 'broken' as outcome`,
      [now, limit],
    );
  }

  async readUntil(tx: Transaction): Promise<Date | null> {
    const [row] = await sql(tx).query<{ at: Date }>("select at from read_until where source = 'notification'");
    return row?.at ?? null;
  }

  async setReadUntil(tx: Transaction, at: Date): Promise<void> {
    await sql(tx).run(
      `insert into read_until (source, at) values ('notification', $1)
       on conflict (source) do update set at = greatest(read_until.at, excluded.at)`,
      [at],
    );
  }

  async health(
    tx: Transaction,
    now: Date,
  ): Promise<{ open: number; dueWithin24h: number; overdue: number; human: number }> {
    const [row] = await sql(tx).query<Record<'open' | 'soon' | 'overdue' | 'human', string>>(
      `select (select coalesce(sum(value), 0) from tally where counter = 'promises.open') as open,
              (select count(*) from application where promise_due_at between $1 and $1::timestamptz + interval '24 hours') as soon,
              (select count(*) from application where promise_due_at < $1) as overdue,
              (select count(*) from application where human_since is not null) as human`,
      [now],
    );
    return {
      open: Number(row!.open),
      dueWithin24h: Number(row!.soon),
      overdue: Number(row!.overdue),
      human: Number(row!.human),
    };
  }
}
