import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';

@Injectable()
export class StatusVersionsQuery {
  constructor(private readonly database: Database) {}

  async of(applicationIds: readonly string[]): Promise<Map<string, number>> {
    if (applicationIds.length === 0) return new Map();
    const rows = await this.database.read((tx) =>
      sql(tx).query<{ id: string; version: number }>(
        'select id, version from application where id = any($1::uuid[]) and erased_at is null',
        [applicationIds],
      ),
    );
    return new Map(rows.map(({ id, version }) => [id, version]));
  }
}
