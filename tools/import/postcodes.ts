import type { Client } from 'pg';
import { CsvFault, rowsOf, type Fault, type Row } from './csv.js';

export interface OutwardCode {
  readonly outwardCode: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly district: string;
  readonly town: string;
}

/** More faults than this are not listed: the file is of another kind. */
const FAULTS_SHOWN = 20;
const SLICE = 1_000;

/** Headings as they occur in the files that forums download. */
const HEADINGS: Readonly<Record<keyof OutwardCode, readonly string[]>> = {
  outwardCode: ['outwardcode', 'outward_code', 'outcode', 'postcode'],
  latitude: ['latitude', 'lat'],
  longitude: ['longitude', 'long', 'lng'],
  district: ['district', 'region', 'admin_district'],
  town: ['town'],
};

export class ImportRefused extends Error {
  constructor(
    readonly faults: readonly Fault[],
    readonly more: number,
  ) {
    super(
      [
        ...faults.map(({ line, column, says }) => `line ${line}, column ${column}: ${says}`),
        ...(more > 0 ? [`and ${more} more`] : []),
        'nothing was imported',
      ].join('\n'),
    );
  }
}

type Places = Readonly<Record<keyof OutwardCode, number>>;

const placesIn = (header: Row): Places => {
  const given = header.fields.map((name) => name.trim().toLowerCase());
  const faults: Fault[] = [];
  const places = Object.fromEntries(
    Object.entries(HEADINGS).map(([name, spellings]) => {
      const at = given.findIndex((heading) => spellings.includes(heading));
      if (at < 0 && name !== 'town')
        faults.push({ line: header.line, column: 1, says: `there is no column called ${spellings.join(' or ')}` });
      return [name, at];
    }),
  ) as Places;
  if (faults.length > 0) throw new ImportRefused(faults, 0);
  return places;
};

export const readRow = (row: Row, places: Places): OutwardCode | readonly Fault[] => {
  const faults: Fault[] = [];
  const text = (name: keyof OutwardCode): string => (row.fields[places[name]] ?? '').trim();
  const wrong = (name: keyof OutwardCode, says: string): void =>
    void faults.push({ line: row.line, column: places[name] + 1, says });
  const degrees = (name: 'latitude' | 'longitude', max: number): number => {
    const value = text(name) === '' ? Number.NaN : Number(text(name));
    if (!(Math.abs(value) <= max)) wrong(name, `"${text(name)}" is not a ${name}`);
    return value;
  };
  const outwardCode = text('outwardCode').toUpperCase();
  if (!/^[A-Z]{1,2}[0-9][A-Z0-9]?$/.test(outwardCode))
    wrong('outwardCode', `"${text('outwardCode').slice(0, 20)}" is not an outward code`);
  const latitude = degrees('latitude', 90);
  const longitude = degrees('longitude', 180);
  const district = text('district');
  if (district.length < 2 || district.length > 80) wrong('district', 'a district has 2 to 80 characters');
  const town = text('town') || district;
  if (town.length > 80) wrong('town', 'a town has at most 80 characters');
  return faults.length > 0 ? faults : { outwardCode, latitude, longitude, district, town };
};

/** Every outward code of a file, whole or not at all: the table changes in one transaction, after the last line was read. */
export const importPostcodes = async (client: Client, chunks: AsyncIterable<string>): Promise<number> => {
  await client.query('begin');
  try {
    const count = await stage(client, chunks);
    await client.query(`insert into geography.outward_code (outward_code, latitude, longitude, district, town)
      select outward_code, latitude, longitude, district, town from incoming
      on conflict (outward_code) do update set latitude = excluded.latitude, longitude = excluded.longitude,
        district = excluded.district, town = excluded.town`);
    await client.query('commit');
    return count;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
};

const stage = async (client: Client, chunks: AsyncIterable<string>): Promise<number> => {
  await client.query(`create temporary table incoming (outward_code text, latitude double precision,
    longitude double precision, district text, town text) on commit drop`);
  const lines = new Map<string, number>();
  const faults: Fault[] = [];
  let found = 0;
  let places: Places | null = null;
  let slice: OutwardCode[] = [];
  const flush = async (): Promise<void> => {
    const column = <K extends keyof OutwardCode>(name: K): OutwardCode[K][] => slice.map((row) => row[name]);
    await client.query(
      'insert into incoming select * from unnest($1::text[], $2::float8[], $3::float8[], $4::text[], $5::text[])',
      [column('outwardCode'), column('latitude'), column('longitude'), column('district'), column('town')],
    );
    slice = [];
  };
  const blame = (...given: readonly Fault[]): void => {
    found += given.length;
    faults.push(...given.slice(0, FAULTS_SHOWN - faults.length));
  };

  try {
    for await (const row of rowsOf(chunks)) {
      if (!places) {
        places = placesIn(row);
        continue;
      }
      const read = readRow(row, places);
      if (!('outwardCode' in read)) {
        blame(...read);
        continue;
      }
      const before = lines.get(read.outwardCode);
      if (before !== undefined) {
        const says = `${read.outwardCode} stands in line ${before} already`;
        blame({ line: row.line, column: places.outwardCode + 1, says });
        continue;
      }
      lines.set(read.outwardCode, row.line);
      slice.push(read);
      if (slice.length >= SLICE) await flush();
    }
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    blame(error.fault);
  }
  if (!places && found === 0) blame({ line: 1, column: 1, says: 'the file is empty' });
  if (found > 0) throw new ImportRefused(faults, found - faults.length);
  await flush();
  return lines.size;
};
