import { Injectable } from '@nestjs/common';
import type { Channel, Language, MessageKind, Transport, Urgency } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Feedable } from '@app/queue';
import type { Cause, MessageState, Routed, Taken } from './message.js';

/** A message as events tell of it. */
export interface Told {
  readonly id: string;
  readonly requestId: string;
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly kind: MessageKind;
  readonly urgency: Urgency;
  readonly transport: Transport;
  readonly version: number;
  readonly sentAt: Date | null;
  readonly cause: Cause;
}

export interface TakenRow extends Omit<Taken, 'contact' | 'title' | 'code'> {
  readonly titleEn: string;
  readonly titleCy: string;
  readonly language: Language;
  readonly channel: Channel;
  /** Null when the recipient was erased. */
  readonly sealed: string | null;
  readonly contactVersion: number;
  /** Sealed for this message alone. */
  readonly toContact: string | null;
}

export interface Finished {
  readonly id: string;
  readonly version: number;
  readonly state: MessageState;
  readonly attempts: number;
  readonly nextTryAt: Date;
  readonly waitsSince: Date;
  readonly sentAt: Date | null;
  readonly settledAt: Date | null;
  readonly reason: string | null;
  readonly template: string | null;
}

const TOLD = `message.id, message.request_id as "requestId", message.application_id as "applicationId",
  message.activation_id as "activationId", message.forum_id as "forumId", message.kind, message.urgency, message.transport,
  message.version, message.sent_at as "sentAt", message.cause`;

@Injectable()
export class MessageRepository {
  /** Those that were new; a message that stands already is left alone. */
  async insert(tx: Transaction, messages: readonly Routed[]): Promise<Pick<Told, 'id' | 'activationId' | 'forumId'>[]> {
    return sql(tx).insert(
      'message',
      {
        id: 'uuid',
        request_id: 'uuid',
        application_id: 'uuid',
        activation_id: 'uuid',
        forum_id: 'uuid',
        kind: 'text',
        urgency: 'text',
        transport: 'text',
        any_hour: 'boolean',
        reference: 'text',
        owner_name: 'text',
        promise_due_at: 'timestamptz',
        facts: 'jsonb',
        to_contact: 'text',
        cause: 'jsonb',
        requested_at: 'timestamptz',
      },
      messages.map((one) => ({
        id: one.id,
        request_id: one.requestId,
        application_id: one.applicationId,
        activation_id: one.activationId,
        forum_id: one.forumId,
        kind: one.kind,
        urgency: one.urgency,
        transport: one.transport,
        any_hour: one.anyHour,
        reference: one.reference,
        owner_name: one.ownerName,
        promise_due_at: one.promiseDueAt,
        facts: one.facts,
        to_contact: one.to?.contact ?? null,
        cause: one.cause,
        requested_at: one.requestedAt,
      })),
      'on conflict do nothing returning id, activation_id as "activationId", forum_id as "forumId"',
    );
  }

  /** The same message by another transport, as a row of its own; done once, however often it is asked for. */
  async reroute(
    tx: Transaction,
    ways: readonly { id: string; from: string; transport: Transport; anyHour: boolean }[],
    at: Date,
  ): Promise<Pick<Told, 'id' | 'activationId' | 'forumId'>[]> {
    return sql(tx).query(
      `insert into message (id, request_id, application_id, activation_id, forum_id, kind, urgency, transport, any_hour, reference,
                            owner_name, promise_due_at, facts, to_contact, cause, requested_at)
       select way.id, request_id, application_id, activation_id, forum_id, kind, urgency, way.transport, way.any_hour, reference,
              owner_name, promise_due_at, facts, to_contact, cause, $5
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[]) as way (id, source, transport, any_hour)
         join message on message.id = way.source
       on conflict do nothing returning id, activation_id as "activationId", forum_id as "forumId"`,
      [
        ways.map(({ id }) => id),
        ways.map(({ from }) => from),
        ways.map(({ transport }) => transport),
        ways.map(({ anyHour }) => anyHour),
        at,
      ],
    );
  }

  /** The most urgent that are due, oldest first, marked as queued; those of an activation that is not known yet wait. */
  async claim(
    tx: Transaction,
    transport: Transport,
    now: Date,
    o: { limit: number; night: boolean },
  ): Promise<Feedable<{ id: string }>[]> {
    const rows = await sql(tx).query<{ id: string; urgency: Urgency }>(
      `with due as (
         select id from message
          where transport = $1 and state = 'created' and (any_hour or not $4)
            and (next_try_at is null or next_try_at <= $2 or waits_since > $2)
            and exists (select from activation where activation.activation_id = message.activation_id)
          order by urgency, requested_at limit $3 for update skip locked)
       update message set state = 'queued', queued_at = $2, version = version + 1
         from due where message.id = due.id returning message.id, message.urgency`,
      [transport, now, o.limit, o.night],
    );
    return rows.map(({ id, urgency }) => ({ id, data: { id }, priority: Number(urgency.slice(1)) }));
  }

  async backlog(tx: Transaction, transport: Transport): Promise<{ rows: number; oldestAt: Date | null }> {
    const [row] = await sql(tx).query<{ rows: number; oldest: Date | null }>(
      `select count(*)::int as rows, min(requested_at) as oldest
         from (select requested_at from message where transport = $1 and state = 'created' limit 10000) as waiting`,
      [transport],
    );
    return { rows: row!.rows, oldestAt: row!.oldest };
  }

  /** queued → sending, with all that sending needs; whoever another try has won, or was cancelled, is absent. */
  async take(tx: Transaction, ids: readonly string[], now: Date): Promise<TakenRow[]> {
    return sql(tx).query<TakenRow>(
      `with taken as (
         update message set state = 'sending', sending_at = $2, attempts = attempts + 1, version = version + 1
          where id = any($1::uuid[]) and state = 'queued' returning *)
       select taken.id, taken.request_id as "requestId", taken.application_id as "applicationId",
              taken.activation_id as "activationId", taken.forum_id as "forumId", taken.kind, taken.urgency,
              taken.transport, taken.attempts, taken.repeated, taken.version, taken.cause, taken.reference, taken.owner_name as "ownerName",
              taken.promise_due_at as "promiseDueAt", taken.facts, taken.requested_at as "requestedAt",
              activation.kind as "activationKind", activation.title_en as "titleEn", activation.title_cy as "titleCy",
              coalesce(recipient.language, 'en') as language, recipient.channel,
              recipient.contact as sealed, recipient.contact_version as "contactVersion", taken.to_contact as "toContact"
         from taken join activation using (activation_id)
         left join recipient on recipient.application_id = taken.application_id`,
      [ids, now],
    );
  }

  /** Only what is still being sent moves: a receipt or a cancellation that came first stands. */
  async finish(tx: Transaction, rows: readonly Finished[]): Promise<Told[]> {
    return sql(tx).update<Told>(
      'message',
      { id: 'uuid' },
      {
        state: 'text',
        version: 'int',
        attempts: 'int',
        next_try_at: 'timestamptz',
        waits_since: 'timestamptz',
        sent_at: 'timestamptz',
        settled_at: 'timestamptz',
        reason: 'text',
        template: 'text',
      },
      rows.map((row) => ({
        id: row.id,
        state: row.state,
        version: row.version,
        attempts: row.attempts,
        next_try_at: row.nextTryAt,
        waits_since: row.waitsSince,
        sent_at: row.sentAt,
        settled_at: row.settledAt,
        reason: row.reason,
        template: row.template,
      })),
      `where target.state = 'sending' returning ${TOLD.replaceAll('message.', 'target.')}`,
    );
  }

  /** Receipts: sent (or still being sent) → delivered or failed; anything further along stands. */
  async receive(
    tx: Transaction,
    receipts: readonly { id: string; state: 'delivered' | 'failed'; reason: string | null; at: Date }[],
  ): Promise<(Told & { was: MessageState })[]> {
    return sql(tx).query(
      `update message set state = given.state, reason = given.reason, settled_at = given.at, version = message.version + 1,
              sent_at = case when given.state = 'delivered' then coalesce(message.sent_at, given.at) else message.sent_at end
         from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) as given (id, state, reason, at),
              (select id, state as was from message where id = any($1::uuid[]) order by id for update) as before
        where message.id = given.id and before.id = message.id and before.was in ('sending', 'sent')
       returning ${TOLD}, before.was`,
      [
        receipts.map(({ id }) => id),
        receipts.map(({ state }) => state),
        receipts.map(({ reason }) => reason),
        receipts.map(({ at }) => at),
      ],
    );
  }

  /** Ends what has not gone out; a job that comes late finds nothing to take. */
  async cancel(
    tx: Transaction,
    o: { applicationIds: readonly string[]; reason: string; except: readonly MessageKind[]; at: Date },
  ): Promise<Pick<Told, 'id' | 'activationId' | 'forumId'>[]> {
    return sql(tx).query(
      `update message set state = 'cancelled', reason = $2, settled_at = $4, version = version + 1
        where application_id = any($1::uuid[]) and state in ('created', 'queued') and kind <> all($3::text[])
       returning id, activation_id as "activationId", forum_id as "forumId"`,
      [o.applicationIds, o.reason, o.except, o.at],
    );
  }

  /** What an erased person's messages said, and to where; that they were sent stays. */
  async forget(tx: Transaction, applicationIds: readonly string[]): Promise<void> {
    await sql(tx).run(`update message set facts = '{}', to_contact = null where application_id = any($1::uuid[])`, [
      applicationIds,
    ]);
  }

  /** Jobs that Redis forgot: their rows may be claimed again. A job that still stands is not added twice. */
  async requeue(tx: Transaction, before: Date, limit: number): Promise<number> {
    return sql(tx).run(
      `update message set state = 'created', version = version + 1
        where id in (select id from message where state = 'queued' and queued_at < $1 order by queued_at limit $2 for update skip locked)`,
      [before, limit],
    );
  }

  /**
   * Whatever died while it was being sent. A mail is sent once more with the same Message-ID; a text or letter is looked up at the
   * provider before it is sent again. A mail lost twice is `unknown`.
   */
  async recover(tx: Transaction, before: Date, now: Date, limit: number): Promise<Told[]> {
    return sql(tx).query<Told>(
      `with stuck as (
         select id from message where state = 'sending' and sending_at < $1 order by sending_at limit $3 for update skip locked),
       moved as (
         update message set
            state = case when transport = 'email' and repeated then 'unknown' else 'created' end,
            reason = case when transport = 'email' and repeated then 'outcome-unknown' else reason end,
            settled_at = case when transport = 'email' and repeated then $2 else settled_at end,
            repeated = true, next_try_at = null, version = version + 1
           from stuck where message.id = stuck.id returning message.*)
       select ${TOLD.replaceAll('message.', 'moved.')} from moved where state = 'unknown'`,
      [before, now, limit],
    );
  }
}
