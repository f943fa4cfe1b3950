import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { TimelineEntry } from './application.js';

export interface TimelineRow extends TimelineEntry {
  readonly applicationId: string;
}

/** Codes and instants only; appended, never changed. */
@Injectable()
export class TimelineRepository {
  async append(tx: Transaction, rows: readonly TimelineRow[]): Promise<void> {
    await sql(tx).insert(
      'timeline',
      { application_id: 'uuid', at: 'timestamptz', code: 'text', facts: 'jsonb' },
      rows.map(({ applicationId, at, code, facts }) => ({ application_id: applicationId, at, code, facts })),
    );
  }

  async of(tx: Transaction, applicationId: string): Promise<TimelineEntry[]> {
    const rows = await sql(tx).query<{ at: Date; code: string; facts: TimelineEntry['facts'] | null }>(
      'select at, code, facts from timeline where application_id = $1 order by at, id limit 500',
      [applicationId],
    );
    return rows.map(({ at, code, facts }) => ({ at, code, ...(facts && { facts }) }));
  }
}
