export * from './declarations.js';
/** The audit of what operators did, for the schema of every app. */
export const operatorMigrations = new URL('../migrations/', import.meta.url);
