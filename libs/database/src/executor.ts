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
