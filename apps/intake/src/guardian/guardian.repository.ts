import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export type GuardianAnswer = 'agreed' | 'refused' | 'not-me';

export interface Guardian {
  readonly applicationId: string;
  readonly failures: number;
  readonly answer: GuardianAnswer | null;
}

export interface ToAsk {
  readonly id: string;
  readonly personSealed: string;
  readonly personVersion: number;
}

@Injectable()
export class GuardianRepository {
  /** Locked, the longest waiting first; who has ended is not asked about. The first time is at once, whatever the clocks say. */
  async due(tx: Transaction, now: Date, limit: number): Promise<ToAsk[]> {
    return sql(tx).query<ToAsk>(
      `select id, person_sealed as "personSealed", person_version as "personVersion" from application
        where (guardian_due_at <= $1 or guardian_due_at = submitted_at) and promise_due_at is not null
        order by guardian_due_at limit $2 for update skip locked`,
      [now, limit],
    );
  }

  /** What an address got today: as a guardian's, and as the contact of applications that nobody confirmed (S13). */
  async mailsToday(tx: Transaction, emailIndex: Buffer, today: string): Promise<number> {
    const [row] = await sql(tx).query<{ mails: number }>(
      `select ((select count(*) from guardian where email_index = $1 and asked_at >= $2::date)
             + (select coalesce(sum(message_count), 0) from application
                 where email_index = $1 and message_day = $2::date and contact_state <> 'confirmed'))::int as mails`,
      [emailIndex, today],
    );
    return row!.mails;
  }

  async postpone(tx: Transaction, id: string, until: Date): Promise<void> {
    await sql(tx).run('update application set guardian_due_at = $2 where id = $1', [id, until]);
  }

  async asked(
    tx: Transaction,
    of: { id: string; forumId: string; tokenHash: Buffer; emailIndex: Buffer | null; at: Date },
  ): Promise<void> {
    await sql(tx).run(
      'insert into guardian (application_id, forum_id, token_hash, email_index, asked_at) values ($1, $2, $3, $4, $5)',
      [of.id, of.forumId, of.tokenHash, of.emailIndex, of.at],
    );
    await sql(tx).run('update application set guardian_due_at = null where id = $1', [of.id]);
  }

  async byToken(tx: Transaction, tokenHash: Buffer): Promise<Guardian | null> {
    const [row] = await sql(tx).query<Guardian>(
      'select application_id as "applicationId", failures, answer from guardian where token_hash = $1',
      [tokenHash],
    );
    return row ?? null;
  }

  async countFailure(tx: Transaction, applicationId: string): Promise<void> {
    await sql(tx).run('update guardian set failures = failures + 1 where application_id = $1', [applicationId]);
  }

  async answer(tx: Transaction, applicationId: string, answer: GuardianAnswer, at: Date): Promise<void> {
    await sql(tx).run('update guardian set answer = $2, answered_at = $3 where application_id = $1', [
      applicationId,
      answer,
      at,
    ]);
  }
}
