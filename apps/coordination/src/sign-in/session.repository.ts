import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
}

@Injectable()
export class SessionRepository {
  async began(tx: Transaction, idHash: Buffer, attempt: Attempt, expiresAt: Date, now: Date): Promise<void> {
    await sql(tx).run('delete from sign_in_attempt where expires_at <= $1', [now]);
    await sql(tx).run(
      `insert into sign_in_attempt (id_hash, state, nonce, code_verifier, return_to, expires_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [idHash, attempt.state, attempt.nonce, attempt.codeVerifier, attempt.returnTo, expiresAt],
    );
  }

  /** An attempt is good once. */
  async taken(tx: Transaction, idHash: Buffer, now: Date): Promise<Attempt | null> {
    const [attempt] = await sql(tx).query<Attempt & { expires_at: Date }>(
      `delete from sign_in_attempt where id_hash = $1
       returning state, nonce, code_verifier as "codeVerifier", return_to as "returnTo", expires_at`,
      [idHash],
    );
    return attempt && attempt.expires_at > now ? attempt : null;
  }

  async opened(
    tx: Transaction,
    session: { id: string; forumId: string; memberId: string; startedAt: Date; endsAt: Date },
  ): Promise<void> {
    await sql(tx).run(
      'insert into staff_session (id, forum_id, member_id, started_at, ends_at) values ($1, $2, $3, $4, $5)',
      [session.id, session.forumId, session.memberId, session.startedAt, session.endsAt],
    );
  }

  async ended(tx: Transaction, id: string, at: Date): Promise<void> {
    await sql(tx).run('update staff_session set ended_at = $2 where id = $1 and ended_at is null', [id, at]);
  }

  /** At most 1,000 sessions that are long over. */
  async forget(tx: Transaction, before: Date): Promise<number> {
    return sql(tx).run(
      `delete from staff_session where id in
         (select id from staff_session where ends_at < $1 order by ends_at limit 1000 for update skip locked)`,
      [before],
    );
  }
}
