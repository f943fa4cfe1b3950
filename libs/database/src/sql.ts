import { executorOf } from './executor.js';
import type { Transaction } from './transaction.js';

type Row = Record<string, unknown>;
/** Column name (snake_case) to its Postgres type. */
type Columns = Readonly<Record<string, string>>;

export interface Sql {
  query<R = any>(text: string, params?: readonly unknown[]): Promise<R[]>;
  /** Runs a statement and says how many rows it touched. */
  run(text: string, params?: readonly unknown[]): Promise<number>;
  /** Writes all rows in one statement; `tail` takes ON CONFLICT or RETURNING. */
  insert<R = any>(table: string, columns: Columns, rows: readonly Row[], tail?: string): Promise<R[]>;
  /** Updates one row per key in one statement; the new values are `changed.*` in `tail`'s WHERE (`where …`) and RETURNING. */
  update<R = any>(table: string, key: Columns, set: Columns, rows: readonly Row[], tail?: string): Promise<R[]>;
  /** Runs `work`; on an error only what it wrote is undone, and the error goes on. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

/** Thrown before anything is sent: `UPDATE … FROM` with a key twice would silently keep either of the two. */
export class RepeatedKey extends Error {
  readonly code = 'repeated-key';
  constructor(table: string) {
    super(`${table}: two rows of one set share a key; fold them first`);
  }
}

const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/;

const checked = (name: string): string => {
  if (!NAME.test(name)) throw new Error(`"${name}" is not a plain snake_case name`);
  return name;
};

const valueFor = (type: string, value: unknown): unknown => {
  if (value === undefined || value === null) return null;
  if (type === 'jsonb' || type === 'json' || type.endsWith('[]')) return JSON.stringify(value);
  return value;
};

/** Columns that UNNEST cannot take as they are (arrays) travel as JSON and are unpacked again. */
const transported = (type: string): string => (type.endsWith('[]') || type === 'json' ? 'jsonb' : type);

const unpacked = (column: string, type: string): string => {
  if (!type.endsWith('[]')) return type === 'json' ? `given.${column}::json` : `given.${column}`;
  const element = type.slice(0, -2);
  return `case when given.${column} is null then null else (select coalesce(array_agg(e.value::${element} order by e.at), '{}'::${type}) from jsonb_array_elements_text(given.${column}) with ordinality as e(value, at)) end`;
};

const gathered = (columns: readonly (readonly [string, string])[], rows: readonly Row[]) => ({
  arrays: columns.map(([, type], at) => `$${at + 1}::${transported(type)}[]`).join(', '),
  names: columns.map(([name]) => checked(name)).join(', '),
  params: columns.map(([name, type]) => rows.map((row) => valueFor(type, row[name]))),
});

const refuseRepeated = (table: string, key: readonly string[], rows: readonly Row[]): void => {
  const seen = new Set<string>();
  for (const row of rows) seen.add(JSON.stringify(key.map((name) => keyPart(row[name]))));
  if (seen.size !== rows.length) throw new RepeatedKey(table);
};

const keyPart = (value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : Buffer.isBuffer(value) ? value.toString('hex') : value;

/** Unwraps a transaction. Allowed only where the file's suffix says SQL (import rule 4). */
export const sql = (tx: Transaction): Sql => {
  const executor = executorOf(tx);
  const self: Sql = {
    query: async (text, params) => (await executor.execute(text, params)).rows as never,
    run: async (text, params) => (await executor.execute(text, params)).affected,
    insert: async (table, columns, rows, tail = '') => {
      if (rows.length === 0) return [];
      const given = Object.entries(columns);
      const { arrays, names, params } = gathered(given, rows);
      const selected = given.map(([name, type]) => unpacked(name, type)).join(', ');
      const text = `insert into ${checked(table)} (${names}) select ${selected} from unnest(${arrays}) as given(${names}) ${tail}`;
      return (await executor.execute(text, params)).rows as never;
    },
    update: async (table, key, set, rows, tail = '') => {
      if (rows.length === 0) return [];
      refuseRepeated(table, Object.keys(key), rows);
      const given = Object.entries({ ...key, ...set });
      const { arrays, names, params } = gathered(given, rows);
      const selected = given.map(([name, type]) => `${unpacked(name, type)} as ${name}`).join(', ');
      const assigned = Object.keys(set)
        .map((name) => `${checked(name)} = changed.${name}`)
        .join(', ');
      const same = Object.keys(key)
        .map((name) => `target.${checked(name)} = changed.${name}`)
        .join(' and ');
      const condition = /^\s*where\s/i.test(tail) ? tail.replace(/^\s*where\s/i, 'and ') : tail;
      const text = `update ${checked(table)} as target set ${assigned} from (select ${selected} from unnest(${arrays}) as given(${names})) as changed where ${same} ${condition}`;
      return (await executor.execute(text, params)).rows as never;
    },
    savepoint: async (work) => {
      await executor.execute('savepoint here');
      try {
        const result = await work();
        await executor.execute('release savepoint here');
        return result;
      } catch (error) {
        await executor.execute('rollback to savepoint here');
        throw error;
      }
    },
  };
  return self;
};
