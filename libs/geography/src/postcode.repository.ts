import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface OutwardCodeRow {
  outwardCode: string;
  latitude: number;
  longitude: number;
  /** Local authority district, in the words of the source. */
  district: string;
  town: string;
}

const COLUMNS = 'outward_code as "outwardCode", latitude, longitude, district, town';

/** The read-only table of outward codes; `import` needs the rights of the migration role. */
export class PostcodeTable {
  async find(tx: Transaction, outwardCodes: readonly string[]): Promise<Map<string, OutwardCodeRow>> {
    if (outwardCodes.length === 0) return new Map();
    const rows = await sql(tx).query<OutwardCodeRow>(
      `select ${COLUMNS} from geography.outward_code where outward_code = any($1::text[])`,
      [[...new Set(outwardCodes)]],
    );
    return new Map(rows.map((row) => [row.outwardCode, row]));
  }

  async all(tx: Transaction): Promise<OutwardCodeRow[]> {
    return sql(tx).query<OutwardCodeRow>(`select ${COLUMNS} from geography.outward_code order by outward_code`);
  }

  /** Writes rows, the newer wording winning; safe to run twice. Returns how many codes were given. */
  async import(tx: Transaction, rows: readonly OutwardCodeRow[]): Promise<number> {
    const given = new Map(rows.map((row) => [row.outwardCode, row]));
    if (given.size === 0) return 0;
    await sql(tx).insert(
      'geography.outward_code',
      { outward_code: 'text', latitude: 'float8', longitude: 'float8', district: 'text', town: 'text' },
      [...given.values()].map(({ outwardCode, ...rest }) => ({ outward_code: outwardCode, ...rest })),
      `on conflict (outward_code) do update set latitude = excluded.latitude, longitude = excluded.longitude,
         district = excluded.district, town = excluded.town`,
    );
    return given.size;
  }
}
