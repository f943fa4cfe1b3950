import { Injectable } from '@nestjs/common';
import type { Channel, Language } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Recipient {
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly reference: string;
  readonly language: Language;
  readonly channel: Channel;
  readonly contact: string;
  readonly contactVersion: number;
}

@Injectable()
export class RecipientRepository {
  async find(tx: Transaction, applicationIds: readonly string[]): Promise<Map<string, Recipient>> {
    const rows = await sql(tx).query<Recipient>(
      `select application_id as "applicationId", activation_id as "activationId", forum_id as "forumId", reference, language,
              channel, contact, contact_version as "contactVersion"
         from recipient where application_id = any($1::uuid[])`,
      [applicationIds],
    );
    return new Map(rows.map((row) => [row.applicationId, row]));
  }

  /** The newer contact wins, whichever comes first. */
  async put(tx: Transaction, recipients: readonly Recipient[]): Promise<void> {
    await sql(tx).insert(
      'recipient',
      {
        application_id: 'uuid',
        activation_id: 'uuid',
        forum_id: 'uuid',
        reference: 'text',
        language: 'text',
        channel: 'text',
        contact: 'text',
        contact_version: 'int',
      },
      recipients.map((one) => ({
        application_id: one.applicationId,
        activation_id: one.activationId,
        forum_id: one.forumId,
        reference: one.reference,
        language: one.language,
        channel: one.channel,
        contact: one.contact,
        contact_version: one.contactVersion,
      })),
      `on conflict (application_id) do update set language = excluded.language, channel = excluded.channel,
         contact = excluded.contact, contact_version = excluded.contact_version
       where recipient.contact_version < excluded.contact_version`,
    );
  }

  async forget(tx: Transaction, applicationIds: readonly string[]): Promise<void> {
    await sql(tx).run('delete from recipient where application_id = any($1::uuid[])', [applicationIds]);
  }
}
