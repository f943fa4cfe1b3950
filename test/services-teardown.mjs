export default async () => (await import('./services.ts')).stopServices();
