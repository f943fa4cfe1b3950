export * from './define-app.js';
export { boot, type RunningApp } from './boot.js';
export { ConfigurationInvalid } from './environment.js';
export { AppRefused } from './refusals.js';
export { migrationSourcesOf, type MigrationSource } from './migrations.query.js';
