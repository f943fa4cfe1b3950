export * from './declarations.js';
