import { Injectable } from '@nestjs/common';
import type { StaffRole } from '@app/access';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Member {
  readonly id: string;
  readonly forumId: string;
  readonly organisationId: string;
  readonly displayName: string;
  readonly roles: readonly StaffRole[];
}

@Injectable()
export class MemberRepository {
  /** Who the directory's subject is here, if anybody; needs a transaction that works for all forums. */
  async ofIdentity(tx: Transaction, issuer: string, subject: string): Promise<Member | null> {
    const [member] = await sql(tx).query<Member>(
      `select id, forum_id as "forumId", organisation_id as "organisationId", display_name as "displayName", roles
         from member where issuer = $1 and subject = $2 and ended_at is null`,
      [issuer, subject],
    );
    return member ?? null;
  }
}
