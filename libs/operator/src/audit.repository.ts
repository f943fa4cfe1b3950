import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Act {
  readonly at: Date;
  readonly memberId: string;
  readonly forumId: string;
  /** `lever:intake-mode`, `letter-discard` */
  readonly act: string;
  readonly subject: string | null;
  readonly arguments: object;
  readonly outcome: 'done' | 'refused';
  readonly reasonCode: string | null;
}

export class AuditRepository {
  async write(tx: Transaction, act: Act): Promise<void> {
    await sql(tx).run(
      `insert into operator_audit (at, member_id, forum_id, act, subject, arguments, outcome, reason_code)
       values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)`,
      [
        act.at,
        act.memberId,
        act.forumId,
        act.act,
        act.subject,
        JSON.stringify(act.arguments),
        act.outcome,
        act.reasonCode,
      ],
    );
  }

  /** The newest of one forum first. */
  list(tx: Transaction, forumId: string, limit: number): Promise<(Act & { id: string })[]> {
    return sql(tx).query(
      `select id, at, member_id as "memberId", forum_id as "forumId", act, subject, arguments, outcome, reason_code as "reasonCode"
         from operator_audit where forum_id = $1 order by at desc limit $2`,
      [forumId, limit],
    );
  }

  /** False when a call with this id came before, to any instance. */
  async firstUse(tx: Transaction, jti: string, expiresAt: Date): Promise<boolean> {
    const rows = await sql(tx).run(
      'insert into operator_call (jti, expires_at) values ($1, $2) on conflict (jti) do nothing',
      [jti, expiresAt],
    );
    return rows === 1;
  }

  /** Real time, not the app's clock: tokens keep real time. */
  forgetCalls(tx: Transaction): Promise<number> {
    return sql(tx).run(
      `delete from operator_call where jti in
         (select jti from operator_call where expires_at < clock_timestamp() - interval '5 minutes' limit 1000)`,
    );
  }
}
