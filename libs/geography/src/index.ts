export { distanceKm, type Place } from './distance.js';
export { isForces, parsePostcode, type ParsedPostcode } from './postcode.js';
export { type OutwardCodeRow, PostcodeTable } from './postcode.repository.js';
/** Migrations of the schema `geography`. */
export const geographyMigrations = new URL('../migrations/', import.meta.url);
