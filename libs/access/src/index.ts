export * from './caller.js';
export * from './access.js';
export * from './access-list.js';
