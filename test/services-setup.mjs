import './typescript.mjs';

export default async () => (await import('./services.ts')).default();
