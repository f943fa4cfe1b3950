import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Forced } from './circuit.js';

export class CircuitRepository {
  async forced(tx: Transaction): Promise<Map<string, Forced>> {
    const rows = await sql(tx).query<{ name: string; forced: Forced }>('select name, forced from circuit');
    return new Map(rows.map((row) => [row.name, row.forced]));
  }

  async force(tx: Transaction, name: string, forced: Forced, by: string, at: Date): Promise<void> {
    await sql(tx).run(
      `insert into circuit (name, forced, forced_by, forced_at) values ($1, $2, $3, $4)
       on conflict (name) do update set forced = excluded.forced, forced_by = excluded.forced_by, forced_at = excluded.forced_at`,
      [name, forced, by, at],
    );
  }
}
