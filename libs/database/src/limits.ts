/** Ends what is stuck: one statement, one wait for a lock, a silent transaction, a long one (ms). */
export const LIMITS = {
  statement_timeout: 5000,
  lock_timeout: 1000,
  idle_in_transaction_session_timeout: 2000,
  transaction_timeout: 8000,
};
