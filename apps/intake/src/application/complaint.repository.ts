import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

@Injectable()
export class ComplaintRepository {
  async add(
    tx: Transaction,
    at: { id: string; applicationId: string; forumId: string; sealed: string; at: Date },
  ): Promise<void> {
    await sql(tx).run(
      'insert into complaint (id, application_id, forum_id, says_sealed, at) values ($1, $2, $3, $4, $5)',
      [at.id, at.applicationId, at.forumId, at.sealed, at.at],
    );
  }

  async of(tx: Transaction, applicationId: string): Promise<{ id: string; sealed: string; at: Date }[]> {
    return sql(tx).query('select id, says_sealed as sealed, at from complaint where application_id = $1 order by at', [
      applicationId,
    ]);
  }
}
