export * from './environment.js';
export * from './faults.js';
export * from './counter.js';
export * from './server.js';
export * from './page.js';
export * from './ledger.js';
