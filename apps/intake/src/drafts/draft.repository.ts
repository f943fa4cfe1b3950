import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface DraftRow {
  readonly sealed: Buffer;
  readonly version: number;
  readonly expiresAt: Date;
}

@Injectable()
export class DraftRepository {
  /** False when the token has a draft already. */
  async add(tx: Transaction, tokenHash: Buffer, firstHash: Buffer, row: DraftRow): Promise<boolean> {
    const added = await sql(tx).run(
      `insert into draft (token_hash, first_hash, sealed, version, expires_at) values ($1, $2, $3, $4, $5)
       on conflict (token_hash) do nothing`,
      [tokenHash, firstHash, row.sealed, row.version, row.expiresAt],
    );
    return added > 0;
  }

  async firstHash(tx: Transaction, tokenHash: Buffer): Promise<Buffer | null> {
    const [row] = await sql(tx).query<{ it: Buffer }>('select first_hash as it from draft where token_hash = $1', [
      tokenHash,
    ]);
    return row?.it ?? null;
  }

  async of(tx: Transaction, tokenHash: Buffer, now: Date): Promise<DraftRow | null> {
    const [row] = await sql(tx).query<DraftRow>(
      'select sealed, version, expires_at as "expiresAt" from draft where token_hash = $1 and expires_at > $2',
      [tokenHash, now],
    );
    return row ?? null;
  }

  async lock(tx: Transaction, tokenHash: Buffer, now: Date): Promise<DraftRow | null> {
    const [row] = await sql(tx).query<DraftRow>(
      'select sealed, version, expires_at as "expiresAt" from draft where token_hash = $1 and expires_at > $2 for update',
      [tokenHash, now],
    );
    return row ?? null;
  }

  async replace(tx: Transaction, tokenHash: Buffer, row: DraftRow): Promise<void> {
    await sql(tx).run('update draft set sealed = $2, version = $3, expires_at = $4 where token_hash = $1', [
      tokenHash,
      row.sealed,
      row.version,
      row.expiresAt,
    ]);
  }

  async expire(tx: Transaction, now: Date, limit: number): Promise<number> {
    return sql(tx).run(
      `delete from draft where token_hash in (
         select token_hash from draft where expires_at <= $1 order by expires_at limit $2 for update skip locked)`,
      [now, limit],
    );
  }
}
