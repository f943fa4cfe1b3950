import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Act {
  readonly forumId: string;
  readonly memberId: string;
  readonly at: Date;
  /** Kebab-case, `plan-approved`. */
  readonly act: string;
  readonly subject: 'plan' | 'role' | 'activation' | 'need' | 'organisation' | 'hub' | 'session';
  readonly subjectId: string;
  /** The version acted upon, where the subject has versions. */
  readonly version?: number;
}

export interface Sight {
  readonly forumId: string;
  readonly memberId: string;
  readonly at: Date;
  readonly subject: 'need';
  readonly subjectIds: readonly string[];
  readonly fields: readonly string[];
  /** Why it was looked at, in kebab-case. */
  readonly purpose: string;
}

/** Who did what, and who saw what was sealed; rows can only be added. */
@Injectable()
export class AuditRepository {
  async did(tx: Transaction, act: Act): Promise<void> {
    await sql(tx).run(
      `insert into audit (forum_id, at, member_id, act, subject, subject_id, subject_version)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [act.forumId, act.at, act.memberId, act.act, act.subject, act.subjectId, act.version ?? null],
    );
  }

  async saw(tx: Transaction, sight: Sight): Promise<void> {
    if (sight.subjectIds.length === 0) return;
    await sql(tx).run(
      `insert into disclosure (forum_id, at, member_id, subject, subject_id, fields, purpose)
       select $1, $2, $3, $4, id, $6::text[], $7 from unnest($5::uuid[]) id`,
      [sight.forumId, sight.at, sight.memberId, sight.subject, sight.subjectIds, sight.fields, sight.purpose],
    );
  }
}
