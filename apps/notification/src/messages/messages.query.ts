import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { MessageKind, Transport, Urgency } from '@app/contracts';
import { sql } from '@app/database/sql';
import { decodeCursor, type Page, pageOf } from '@app/http';
import { Transactions } from '@app/messaging';
import type { MessageState } from './message.js';

/** Codes, ids and times; never a word of a message, never a contact. */
export interface Listed {
  readonly id: string;
  readonly applicationId: string;
  readonly reference: string;
  readonly kind: MessageKind;
  readonly urgency: Urgency;
  readonly transport: Transport;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly attempts: number;
  readonly template: string | null;
  readonly requestedAt: Date;
  readonly nextTryAt: Date | null;
  readonly sentAt: Date | null;
  readonly promiseDueAt: Date | null;
}

export interface Sought {
  readonly forumId: string;
  readonly state?: MessageState;
  readonly applicationId?: string;
  readonly activationId?: string;
  readonly cursor?: string;
  readonly limit: number;
}

const Position = z.tuple([z.iso.datetime(), z.uuid()]);

@Injectable()
export class MessagesQuery {
  constructor(private readonly transactions: Transactions) {}

  /** Newest first, of the caller's forum only. */
  async list(of: Sought): Promise<Page<Listed>> {
    const after = decodeCursor(of.cursor, Position);
    const rows = await this.transactions.database.read(async (tx) => {
      await sql(tx).query("select set_config('muster.forum', $1, true)", [of.forumId]);
      return sql(tx).query<Listed>(
        `select id, application_id as "applicationId", reference, kind, urgency, transport, state, reason, attempts, template,
                requested_at as "requestedAt", case when state = 'created' then next_try_at end as "nextTryAt",
                sent_at as "sentAt", promise_due_at as "promiseDueAt"
           from message
          where forum_id = $1 and ($2::text is null or state = $2) and ($3::uuid is null or application_id = $3)
            and ($4::uuid is null or activation_id = $4)
            and ($5::timestamptz is null or (requested_at, id) < ($5, $6::uuid))
          order by requested_at desc, id desc limit $7`,
        [
          of.forumId,
          of.state ?? null,
          of.applicationId ?? null,
          of.activationId ?? null,
          after?.[0] ?? null,
          after?.[1] ?? null,
          of.limit + 1,
        ],
      );
    });
    return pageOf(rows, of.limit, (last) => [last.requestedAt.toISOString(), last.id]);
  }
}
