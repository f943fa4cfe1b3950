export type { Transaction } from './transaction.js';
export { Database, connect, type ConnectOptions } from './database.js';
export { Session } from './session.js';
export { DomainError } from './domain-error.js';
export { codeOf, failureOf, ranOut, type Failure } from './failure.decider.js';
export { halving, type Halved } from './halving.js';
export { RepeatedKey } from './sql.js';
export { MIGRATION_ROLE, migrate, rollBack, type MigrationPlan, type Migrated } from './migrate.js';
export { savepoint } from './savepoint.js';
