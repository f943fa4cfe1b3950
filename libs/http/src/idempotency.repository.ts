import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Answer } from './answer.js';

export interface Claim {
  readonly id: Buffer;
  readonly bodyHash: Buffer;
  readonly at: Date;
  readonly expiresAt: Date;
}

export interface Kept {
  readonly bodyHash: Buffer;
  readonly answer: Answer;
}

@Injectable()
export class IdempotencyRepository {
  /** Waits for a twin's transaction; an expired row counts as absent. */
  async claim(tx: Transaction, claim: Claim): Promise<'claimed' | Kept> {
    const claimed = await sql(tx).query(
      `insert into idempotency as i (id, body_hash, created_at, expires_at) values ($1, $2, $3, $4)
       on conflict (id) do update
         set body_hash = excluded.body_hash, created_at = excluded.created_at, expires_at = excluded.expires_at,
             status = null, headers = null, body = null
         where i.expires_at <= excluded.created_at
       returning id`,
      [claim.id, claim.bodyHash, claim.at, claim.expiresAt],
    );
    if (claimed.length > 0) return 'claimed';
    const [row] = await sql(tx).query<{ body_hash: Buffer; status: number; headers: object | null; body: string }>(
      'select body_hash, status, headers, body from idempotency where id = $1',
      [claim.id],
    );
    return {
      bodyHash: row!.body_hash,
      answer: {
        status: row!.status,
        body: JSON.parse(row!.body),
        ...(row!.headers ? { headers: row!.headers as Record<string, string> } : {}),
      },
    };
  }

  async answered(tx: Transaction, id: Buffer, answer: Answer): Promise<void> {
    await sql(tx).run('update idempotency set status = $2, headers = $3::jsonb, body = $4 where id = $1', [
      id,
      answer.status,
      answer.headers ? JSON.stringify(answer.headers) : null,
      JSON.stringify(answer.body ?? null),
    ]);
  }

  /** Deletes at most 1,000 expired rows; the number tells whether more may wait. */
  async expire(tx: Transaction, now: Date): Promise<number> {
    return sql(tx).run(
      `delete from idempotency where id in
         (select id from idempotency where expires_at <= $1 order by expires_at limit 1000 for update skip locked)`,
      [now],
    );
  }
}
