import { Injectable } from '@nestjs/common';
import type { MessageFacts, MessageKind, Urgency } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Sent } from './allowance.decider.js';

export interface HeldMessage {
  readonly messageId: string;
  readonly applicationId: string;
  readonly forumId: string;
  readonly kind: MessageKind;
  readonly urgency: Urgency;
  readonly facts: MessageFacts;
}

/** How many applications of one contact are looked at: enough to judge, and no attack makes it dear. */
const KIN_SEEN = 50;
/** The first eight bytes of a blind index, as the submission has it too. */
const LOCK_KEY = `('x' || encode(substr(index, 1, 8), 'hex'))::bit(64)::bigint`;

export interface KinToday extends Pick<Sent, 'others' | 'disownedByKin'> {
  /** What the application's channel reaches, as blind indexes. */
  readonly contacts: readonly string[];
}

@Injectable()
export class MessageRepository {
  /** What others with the same contact have had today, by the channel that reaches it; who has more kin than are looked at has had enough. */
  async kinToday(tx: Transaction, applicationIds: readonly string[], today: string): Promise<Map<string, KinToday>> {
    const rows = await sql(tx).query<{
      id: string;
      kin: string;
      used: string | null;
      disowned: boolean | null;
      email: string | null;
      phone: string | null;
    }>(
      `select a.id, count(k.id) as kin, sum(k.used) as used, bool_or(k.disowned) as disowned,
              case when a.channel in ('email', 'email-and-sms') then encode(a.email_index, 'hex') end as email,
              case when a.channel in ('sms', 'email-and-sms') then encode(a.phone_index, 'hex') end as phone
         from application a
         left join lateral (
           (select id, contact_state = 'disowned' as disowned, case when message_day = $2::date then message_count else 0 end as used
              from application where email_index = a.email_index and id <> a.id
               and channel in ('email', 'email-and-sms') and a.channel in ('email', 'email-and-sms') limit ${KIN_SEEN})
           union
           (select id, contact_state = 'disowned', case when message_day = $2::date then message_count else 0 end
              from application where phone_index = a.phone_index and id <> a.id
               and channel in ('sms', 'email-and-sms') and a.channel in ('sms', 'email-and-sms') limit ${KIN_SEEN})) as k on a.contact_state <> 'confirmed'
        where a.id = any($1::uuid[]) group by a.id`,
      [applicationIds, today],
    );
    return new Map(
      rows.map(({ id, kin, used, disowned, email, phone }) => [
        id,
        {
          others: kin === '0' ? null : Number(kin) >= KIN_SEEN ? Number.MAX_SAFE_INTEGER : Number(used ?? 0),
          disownedByKin: disowned ?? false,
          contacts: [email, phone].filter((one) => one !== null),
        },
      ]),
    );
  }

  /** Whoever writes to the same contacts at the same time waits here, as with new forms, so that the day's messages are counted right (S13). */
  async lockContacts(tx: Transaction, applicationIds: readonly string[]): Promise<void> {
    await sql(tx).query(
      `select count(pg_advisory_xact_lock(key)) from (
         select distinct ${LOCK_KEY} as key from application a
          cross join lateral unnest(array[a.email_index, a.phone_index]) as index
          where a.id = any($1::uuid[]) and index is not null order by 1) as contact`,
      [applicationIds],
    );
  }

  async lockContact(tx: Transaction, index: Buffer): Promise<void> {
    await sql(tx).query(`select pg_advisory_xact_lock(${LOCK_KEY}) from (select $1::bytea as index) as contact`, [
      index,
    ]);
  }

  async hold(tx: Transaction, messages: readonly HeldMessage[], at: Date, releaseOn: string): Promise<void> {
    await sql(tx).insert(
      'held_message',
      {
        message_id: 'uuid',
        application_id: 'uuid',
        forum_id: 'uuid',
        kind: 'text',
        urgency: 'text',
        facts: 'jsonb',
        held_at: 'timestamptz',
        release_on: 'date',
      },
      messages.map((message) => ({
        message_id: message.messageId,
        application_id: message.applicationId,
        forum_id: message.forumId,
        kind: message.kind,
        urgency: message.urgency,
        facts: message.facts,
        held_at: at,
        release_on: releaseOn,
      })),
      'on conflict (message_id) do nothing',
    );
  }

  /** Those whose day has come, or whose contact was confirmed; taken out of the table. */
  async takeReleased(tx: Transaction, today: string, limit: number): Promise<HeldMessage[]> {
    return sql(tx).query<HeldMessage>(
      `delete from held_message where message_id in (
         select message_id from held_message where release_on <= $1::date order by release_on, message_id limit $2 for update skip locked)
       returning message_id as "messageId", application_id as "applicationId", forum_id as "forumId", kind, urgency, facts`,
      [today, limit],
    );
  }

  async release(tx: Transaction, applicationId: string, today: string): Promise<void> {
    await sql(tx).run('update held_message set release_on = $2::date where application_id = $1', [
      applicationId,
      today,
    ]);
  }

  async drop(tx: Transaction, applicationId: string): Promise<void> {
    await sql(tx).run('delete from held_message where application_id = $1', [applicationId]);
  }
}
