import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { Keyring } from '@app/privacy';
import type { Task } from '../application/application.js';

/** Where a task goes on at the provider; null while vetting has not said, or when there is no page. */
@Injectable()
export class ProviderPageQuery {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  async of(applicationId: string, forumId: string, code: string): Promise<string | null> {
    return this.database.read(async (tx) => {
      const [row] = await sql(tx).query<{ tasks: Task[] }>('select tasks from application where id = $1', [
        applicationId,
      ]);
      const page = row?.tasks.find((task) => task.code === code && task.status === 'in-progress')?.page;
      if (!page) return null;
      const subject = { forumId, personId: applicationId, compartment: 'checks' as const };
      const at = { subject, place: 'check.provider-page', version: page.version };
      const opened = await this.keyring.openOne<{ url: string }>(tx, at, page.sealed);
      return opened && /^https?:\/\//.test(opened.url) ? opened.url : null;
    });
  }
}
