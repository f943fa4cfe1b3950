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

  async of(tx: Transaction, applicationId: string): Promise<readonly TimelineEntry[]> {
    return (await this.all(tx, [applicationId])).get(applicationId) ?? [];
  }

  /** By application; absent: none. */
  async all(tx: Transaction, applicationIds: readonly string[]): Promise<Map<string, readonly TimelineEntry[]>> {
    const rows = await sql(tx).query<{ of: string; at: Date; code: string; facts: TimelineEntry['facts'] | null }>(
      `select wanted.id as of, entry.at, entry.code, entry.facts from unnest($1::uuid[]) as wanted (id),
       lateral (select at, id, code, facts from timeline where application_id = wanted.id order by at, id limit 500) as entry
       order by entry.at, entry.id`,
      [applicationIds],
    );
    const found = Map.groupBy(rows, (row) => row.of);
    return new Map(
      [...found].map(([id, entries]) => [
        id,
        entries.map(({ at, code, facts }) => ({ at, code, ...(facts && { facts }) })),
      ]),
    );
  }
}
