import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { OpenPromise, PromiseRule } from '../promise/promise.js';
import type { Application, Task } from './application.js';

interface Row {
  id: string;
  activation_id: string;
  activation_state: Application['activationState'];
  forum_id: string;
  nation: Application['nation'];
  reference: string;
  owner_id: string;
  owner_name: string;
  language: Application['language'];
  channel: Application['channel'];
  state: Application['state'];
  pool: Application['pool'];
  pool_at: Date | null;
  paused_until: string | null;
  people: number | null;
  places: number | null;
  closed_at: Date | null;
  lapsed_at: Date | null;
  contact_state: Application['contact'];
  tasks: Task[];
  reminders: number;
  vetting_sequence: string;
  promises: number;
  promise_rule: PromiseRule | null;
  promise_kind: OpenPromise['kind'] | null;
  promise_made_at: Date | null;
  promise_due_at: Date | null;
  promise_act_at: Date | null;
  promise_no_news: number | null;
  promise_broken_at: Date | null;
  message_day: string | null;
  message_count: number;
  human_since: Date | null;
  version: number;
}

export const APPLICATION_COLUMNS = `a.id, a.activation_id, c.state as activation_state, a.forum_id, c.nation, a.reference,
  a.owner_id, a.owner_name, a.language, a.channel, a.state, a.pool, a.pool_at, a.paused_until::text, a.people, a.places,
  a.closed_at, a.lapsed_at, a.contact_state, a.tasks, a.reminders, a.vetting_sequence, a.promises, a.promise_rule,
  a.promise_kind, a.promise_made_at, a.promise_due_at, a.promise_act_at, a.promise_no_news, a.promise_broken_at,
  a.message_day::text, a.message_count, a.human_since, a.version`;

export const applicationOf = (row: Row): Application => ({
  id: row.id,
  activationId: row.activation_id,
  activationState: row.activation_state,
  forumId: row.forum_id,
  nation: row.nation,
  reference: row.reference,
  ownerId: row.owner_id,
  ownerName: row.owner_name,
  language: row.language,
  channel: row.channel,
  state: row.state,
  pool: row.pool,
  poolAt: row.pool_at,
  pausedUntil: row.paused_until,
  people: row.people,
  places: row.places,
  closedAt: row.closed_at,
  lapsedAt: row.lapsed_at,
  contact: row.contact_state,
  tasks: row.tasks,
  reminders: row.reminders,
  vettingSequence: Number(row.vetting_sequence),
  promises: row.promises,
  promise:
    row.promise_due_at === null
      ? null
      : {
          rule: row.promise_rule!,
          kind: row.promise_kind!,
          number: row.promises,
          madeAt: row.promise_made_at!,
          dueAt: row.promise_due_at,
          actAt: row.promise_act_at,
          noNews: row.promise_no_news!,
          brokenAt: row.promise_broken_at,
        },
  written: { day: row.message_day, count: row.message_count },
  humanSince: row.human_since,
  version: row.version,
});

/** The write side of applications; personal data never leaves it unsealed. */
@Injectable()
export class ApplicationRepository {
  /** Locked in the order of their ids. Whoever is erased or unknown is absent. */
  async lock(tx: Transaction, ids: readonly string[]): Promise<Map<string, Application>> {
    if (ids.length === 0) return new Map();
    const rows = await sql(tx).query<Row>(
      `select ${APPLICATION_COLUMNS} from application a join activation c on c.id = a.activation_id
        where a.id = any($1::uuid[]) and a.erased_at is null order by a.id for update of a`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, applicationOf(row)]));
  }

  /** Those whose promise wants an act, the most urgent first; others may be at it elsewhere. */
  async lockDue(tx: Transaction, now: Date, limit: number): Promise<Application[]> {
    const rows = await sql(tx).query<Row>(
      `select ${APPLICATION_COLUMNS} from application a join activation c on c.id = a.activation_id
        where a.promise_act_at <= $1 order by a.promise_act_at limit $2 for update of a skip locked`,
      [now, limit],
    );
    return rows.map(applicationOf);
  }

  /** Writes what decisions changed, one row an application. */
  async save(tx: Transaction, applications: readonly Application[]): Promise<void> {
    await sql(tx).update(
      'application',
      { id: 'uuid' },
      {
        state: 'text',
        pool: 'text',
        pool_at: 'timestamptz',
        paused_until: 'date',
        people: 'integer',
        places: 'integer',
        closed_at: 'timestamptz',
        lapsed_at: 'timestamptz',
        contact_state: 'text',
        tasks: 'jsonb',
        reminders: 'integer',
        vetting_sequence: 'bigint',
        promises: 'integer',
        promise_rule: 'text',
        promise_kind: 'text',
        promise_made_at: 'timestamptz',
        promise_due_at: 'timestamptz',
        promise_act_at: 'timestamptz',
        promise_no_news: 'integer',
        promise_broken_at: 'timestamptz',
        message_day: 'date',
        message_count: 'integer',
        human_since: 'timestamptz',
        version: 'integer',
      },
      applications.map((a) => ({
        id: a.id,
        state: a.state,
        pool: a.pool,
        pool_at: a.poolAt,
        paused_until: a.pausedUntil,
        people: a.people,
        places: a.places,
        closed_at: a.closedAt,
        lapsed_at: a.lapsedAt,
        contact_state: a.contact,
        tasks: a.tasks,
        reminders: a.reminders,
        vetting_sequence: a.vettingSequence,
        promises: a.promises,
        promise_rule: a.promise?.rule ?? null,
        promise_kind: a.promise?.kind ?? null,
        promise_made_at: a.promise?.madeAt ?? null,
        promise_due_at: a.promise?.dueAt ?? null,
        promise_act_at: a.promise?.actAt ?? null,
        promise_no_news: a.promise?.noNews ?? null,
        promise_broken_at: a.promise?.brokenAt ?? null,
        message_day: a.written.day,
        message_count: a.written.count,
        human_since: a.humanSince,
        version: a.version,
      })),
    );
  }
}
