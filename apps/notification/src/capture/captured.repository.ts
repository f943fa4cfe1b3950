import { Injectable } from '@nestjs/common';
import type { Transport } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Captured {
  readonly messageId: string;
  readonly applicationId: string;
  readonly forumId: string;
  readonly transport: Transport;
  readonly subject: string;
  readonly body: string;
  readonly capturedAt: Date;
}

@Injectable()
export class CapturedRepository {
  async insert(tx: Transaction, captured: readonly Captured[]): Promise<void> {
    await sql(tx).insert(
      'captured',
      {
        message_id: 'uuid',
        application_id: 'uuid',
        forum_id: 'uuid',
        transport: 'text',
        subject: 'text',
        body: 'text',
        captured_at: 'timestamptz',
      },
      captured.map((one) => ({
        message_id: one.messageId,
        application_id: one.applicationId,
        forum_id: one.forumId,
        transport: one.transport,
        subject: one.subject,
        body: one.body,
        captured_at: one.capturedAt,
      })),
      'on conflict (message_id) do nothing',
    );
  }

  async forget(tx: Transaction, applicationIds: readonly string[]): Promise<void> {
    await sql(tx).run('delete from captured where application_id = any($1::uuid[])', [applicationIds]);
  }
}
