import { sql } from './sql.js';
import type { Transaction } from './transaction.js';

/** Runs `work`; when it throws, only what it wrote is undone, and the error goes on. */
export const savepoint = <T>(tx: Transaction, work: () => Promise<T>): Promise<T> => sql(tx).savepoint(work);
