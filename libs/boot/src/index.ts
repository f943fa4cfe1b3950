export * from './define-app.js';
export { boot, type RunningApp } from './boot.js';
