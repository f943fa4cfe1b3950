import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { StepUp } from './step-up.decider.js';

/** The code itself, as the message carries it. */
export interface SealedCode {
  readonly messageId: string;
  readonly codeSealed: string;
}

@Injectable()
export class StepUpRepository {
  /** The application's row is locked. */
  async of(tx: Transaction, applicationId: string): Promise<(StepUp & SealedCode) | null> {
    const [row] = await sql(tx).query<StepUp & SealedCode>(
      `select token_hash as link, message_id as "messageId", code_sealed as "codeSealed", sent_at as "sentAt", spent, codes,
              codes_from as "codesFrom", failures, failed_at as "failedAt", full_until as "fullUntil"
         from step_up where application_id = $1`,
      [applicationId],
    );
    return row ?? null;
  }

  async put(
    tx: Transaction,
    of: { id: string; forumId: string },
    {
      link,
      messageId,
      codeSealed,
      sentAt,
      spent,
      codes,
      codesFrom,
      failures,
      failedAt,
      fullUntil,
    }: StepUp & SealedCode,
  ): Promise<void> {
    await sql(tx).run(
      `insert into step_up (application_id, forum_id, token_hash, message_id, code_sealed, sent_at, spent, codes, codes_from,
                            failures, failed_at, full_until)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       on conflict (application_id) do update set token_hash = excluded.token_hash, message_id = excluded.message_id,
         code_sealed = excluded.code_sealed, sent_at = excluded.sent_at, spent = excluded.spent, codes = excluded.codes,
         codes_from = excluded.codes_from, failures = excluded.failures, failed_at = excluded.failed_at,
         full_until = excluded.full_until`,
      [of.id, of.forumId, link, messageId, codeSealed, sentAt, spent, codes, codesFrom, failures, failedAt, fullUntil],
    );
  }

  /** Another contact: what the old one proved is over. */
  async end(tx: Transaction, applicationId: string): Promise<void> {
    await sql(tx).run('update step_up set spent = true, full_until = null where application_id = $1', [applicationId]);
  }
}
