export { ACCESS_RULE } from './access-rule.js';
export * from './problem.js';
export * from './cursor.js';
export { IdempotencyKey, readIdempotencyKey } from './idempotency-key.js';
export { IfMatch, readIfMatch, etagOf, mustMatch } from './if-match.js';
export { Looks } from './looks.js';
export { MicroBatch, BatchFull, type MicroBatchOptions, type Settled } from './micro-batch.js';
export { FairShare, type Share } from './fair-share.js';
export type { Answer } from './answer.js';
export { Idempotency, IdempotencySecret, canonical, KEPT_FOR, type Ask } from './idempotency.js';
export { giveAnswer } from './give-answer.js';
export { IdempotencyRepository } from './idempotency.repository.js';
export { ExpireIdempotency } from './expire-idempotency.sweeper.js';
export { parseStrictJson, MAX_DEPTH, type JsonFault, type ParsedJson } from './strict-json.js';
export { parseForm, type ParsedForm } from './form-body.js';
export { languageOf } from './language-of.js';
export { PRODUCES, Produces, acceptable, prefersHtml } from './produces.js';
export { PROBLEMS } from './problem-catalogue.js';
export { invalidParamsOf, pointerOf, type Issue } from './invalid-params.js';
export { problemBody, sayInvalid, type ProblemBody } from './problem-body.js';
export { problemOf } from './problem-of.js';
export { ProblemFilter, ProblemPage } from './problem.filter.js';
export { ProblemExplanationPage, ProblemsController, type ProblemExplained } from './problems.http.js';
export { RouteTable } from './route-table.js';
export { SchemaPipe } from './validation.pipe.js';
/** The table `idempotency`, for the schema of every app. */
export const httpMigrations = new URL('../migrations/', import.meta.url);
/** Words of problems and of broken rules. */
export const httpLocales = new URL('../locales/', import.meta.url);
