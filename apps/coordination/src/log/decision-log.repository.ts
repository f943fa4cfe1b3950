import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

/** The Joint Decision Model's headings. */
export interface Headings {
  readonly information: string;
  readonly risks: string;
  readonly powers: string;
  readonly options: string;
  readonly decision: string;
  readonly review: string;
}

export interface LogEntry {
  readonly id: string;
  readonly forumId: string;
  readonly activationId: string;
  readonly memberId: string;
  readonly at: Date;
}

/** Who decided what, when and why; rows can only be added. */
@Injectable()
export class DecisionLogRepository {
  /** What the house notes by itself: `activation-approved`, with codes, ids, and the reason a person gave. */
  async note(tx: Transaction, entry: LogEntry, code: string, facts: object = {}): Promise<void> {
    await sql(tx).run(
      `insert into decision_log (id, forum_id, activation_id, at, member_id, code, facts)
       values ($1, $2, $3, $4, $5, $6, $7::jsonb)`,
      [entry.id, entry.forumId, entry.activationId, entry.at, entry.memberId, code, JSON.stringify(facts)],
    );
  }

  async write(tx: Transaction, entry: LogEntry, headings: Headings): Promise<void> {
    await sql(tx).run(
      `insert into decision_log (id, forum_id, activation_id, at, member_id, headings)
       values ($1, $2, $3, $4, $5, $6::jsonb)`,
      [entry.id, entry.forumId, entry.activationId, entry.at, entry.memberId, JSON.stringify(headings)],
    );
  }

  /** Null when this forum has no such activation. */
  async activation(tx: Transaction, forumId: string, idOrSlug: string): Promise<string | null> {
    const [row] = await sql(tx).query<{ id: string }>(
      'select id from activation where forum_id = $1 and (id::text = $2 or slug = $2)',
      [forumId, idOrSlug],
    );
    return row?.id ?? null;
  }
}
