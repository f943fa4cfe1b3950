import { Injectable } from '@nestjs/common';
import type { TaskCode } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

@Injectable()
export class TaskAnswerRepository {
  /** The version that the next answer of this person gets; the application's row is locked. */
  async nextVersion(tx: Transaction, applicationId: string): Promise<number> {
    const [row] = await sql(tx).query<{ next: number }>(
      'select coalesce(max(version), 0) + 1 as next from task_answer where application_id = $1',
      [applicationId],
    );
    return row!.next;
  }

  async add(
    tx: Transaction,
    at: { applicationId: string; forumId: string; version: number; task: TaskCode; sealed: string; at: Date },
  ): Promise<void> {
    await sql(tx).run(
      `insert into task_answer (application_id, forum_id, version, task, answers_sealed, answered_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [at.applicationId, at.forumId, at.version, at.task, at.sealed, at.at],
    );
  }

  async of(
    tx: Transaction,
    applicationId: string,
  ): Promise<{ version: number; task: TaskCode; sealed: string; answeredAt: Date }[]> {
    return sql(tx).query(
      `select version, task, answers_sealed as sealed, answered_at as "answeredAt" from task_answer
        where application_id = $1 order by version`,
      [applicationId],
    );
  }
}
