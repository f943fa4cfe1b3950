import type { Client } from 'pg';
import type { Transaction } from './transaction.js';

/** What a transaction runs on; errors come as the driver's own, with their SQLSTATE. */
export interface Executor {
  execute(text: string, params?: readonly unknown[]): Promise<{ rows: unknown[]; affected: number }>;
}

const executors = new WeakMap<object, Executor>();

export const openTransaction = (executor: Executor): Transaction => {
  const tx: Transaction = { brand: 'transaction' };
  executors.set(tx, executor);
  return tx;
};

/** After its end a transaction can no longer be used by whoever kept it. */
export const endTransaction = (tx: Transaction): void => {
  executors.delete(tx);
};

export const executorOf = (tx: Transaction): Executor => {
  const executor = executors.get(tx);
  if (!executor) throw new Error('this transaction has ended, or is none of this database');
  return executor;
};

/** A statement that comes often is parsed and planned once a connection; one that comes seldom is not kept. */
const OFTEN = 10;
const KEPT = 400;
const uses = new Map<string, number>();
const names = new Map<string, string>();
let made = 0;

const nameOf = (text: string): string | undefined => {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= KEPT) return undefined;
  const used = (uses.get(text) ?? 0) + 1;
  if (used < OFTEN) {
    // Texts of varying length would fill the memory: what is seldom is forgotten again.
    if (uses.size >= KEPT * 5) uses.clear();
    uses.set(text, used);
    return undefined;
  }
  uses.delete(text);
  const name = `s${++made}`;
  names.set(text, name);
  return name;
};

/** What a migration under way does to a plan that is kept: tried again, the statement is planned anew. */
const PLAN_OUTDATED = '0A000';
const TRY_AGAIN = '40001';

export const executeOn = async (
  client: Client,
  text: string,
  params?: readonly unknown[],
): Promise<{ rows: unknown[]; affected: number }> => {
  const values = params as unknown[] | undefined;
  const name = values === undefined ? undefined : nameOf(text);
  try {
    const { rows, rowCount } = await client.query(name === undefined ? { text, values } : { name, text, values });
    return { rows, affected: rowCount ?? 0 };
  } catch (error) {
    if (name === undefined || (error as { code?: string }).code !== PLAN_OUTDATED) throw error;
    names.delete(text);
    throw Object.assign(new Error('a migration outdated a plan', { cause: error }), { code: TRY_AGAIN });
  }
};
