export * from './problem.js';
export * from './cursor.js';
export { IdempotencyKey, readIdempotencyKey } from './idempotency-key.js';
export { IfMatch, readIfMatch, etagOf, mustMatch } from './if-match.js';
export { MicroBatch, BatchFull, type MicroBatchOptions, type Settled } from './micro-batch.js';
export { FairShare, type Share } from './fair-share.js';
export { Idempotency, IdempotencySecret, canonical, KEPT_FOR, type Answer, type Ask } from './idempotency.js';
export { IdempotencyRepository } from './idempotency.repository.js';
export { ExpireIdempotency } from './expire-idempotency.sweeper.js';
