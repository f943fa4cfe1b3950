import { Injectable } from '@nestjs/common';
import type { TaskCode } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface TaskAnswerRow {
  readonly applicationId: string;
  readonly forumId: string;
  readonly version: number;
  readonly task: TaskCode;
  readonly sealed: string;
  readonly at: Date;
}

@Injectable()
export class TaskAnswerRepository {
  /** How many answers each has given; absent: none. The applications' rows are locked. */
  async versions(tx: Transaction, applicationIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await sql(tx).query<{ id: string; version: number }>(
      `select application_id as id, max(version) as version from task_answer where application_id = any($1::uuid[])
        group by application_id`,
      [applicationIds],
    );
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  async add(tx: Transaction, rows: readonly TaskAnswerRow[]): Promise<void> {
    await sql(tx).insert(
      'task_answer',
      {
        application_id: 'uuid',
        forum_id: 'uuid',
        version: 'integer',
        task: 'text',
        answers_sealed: 'text',
        answered_at: 'timestamptz',
      },
      rows.map((row) => ({
        application_id: row.applicationId,
        forum_id: row.forumId,
        version: row.version,
        task: row.task,
        answers_sealed: row.sealed,
        answered_at: row.at,
      })),
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
