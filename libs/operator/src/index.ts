export * from './declarations.js';
export { mountOperatorPort, declaredAmong, READERS } from './port.js';
export type { PortParts } from './port-parts.js';
export { OperatorDoor, STAFF_HEADER } from './caller.js';
export { ServiceTokenMinter, ServiceTokenReader, type Bound, type ServiceCall } from './service-token.js';
export { CircuitLever } from './circuit.lever.js';
export { ForgetCalls } from './forget-calls.sweeper.js';
export { AuditRepository, type Act } from './audit.repository.js';
export type { AppOverview } from './overview.js';
export type { LetterView, LetterDetailView } from './letter-view.js';
export { owningRole } from './owning-role.js';
/** The audit of what operators did, for the schema of every app. */
export const operatorMigrations = new URL('../migrations/', import.meta.url);
