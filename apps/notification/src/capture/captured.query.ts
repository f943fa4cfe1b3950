import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Transport } from '@app/contracts';
import { sql } from '@app/database/sql';
import { decodeCursor, type Page, pageOf } from '@app/http';
import { Transactions } from '@app/messaging';

/** What an exercise would have sent: the words, without the link and without whom it would have gone to. */
export interface Listed {
  readonly messageId: string;
  readonly transport: Transport;
  readonly subject: string;
  readonly body: string;
  readonly capturedAt: Date;
}

const Position = z.tuple([z.iso.datetime(), z.uuid()]);

@Injectable()
export class CapturedQuery {
  constructor(private readonly transactions: Transactions) {}

  async list(of: { forumId: string; cursor?: string; limit: number }): Promise<Page<Listed>> {
    const after = decodeCursor(of.cursor, Position);
    const rows = await this.transactions.database.read(async (tx) => {
      await sql(tx).query("select set_config('muster.forum', $1, true)", [of.forumId]);
      return sql(tx).query<Listed>(
        `select message_id as "messageId", transport, subject, body, captured_at as "capturedAt" from captured
          where forum_id = $1 and ($2::timestamptz is null or (captured_at, message_id) < ($2, $3::uuid))
          order by captured_at desc, message_id desc limit $4`,
        [of.forumId, after?.[0] ?? null, after?.[1] ?? null, of.limit + 1],
      );
    });
    return pageOf(rows, of.limit, (last) => [last.capturedAt.toISOString(), last.messageId]);
  }
}
