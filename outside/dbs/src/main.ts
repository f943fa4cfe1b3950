import { environment, serve, untilStopped } from '../../wire/src/index.js';
import { dbsRoutes } from './api.js';

const { port, host } = environment();
const web = await serve({
  port,
  host,
  routes: dbsRoutes,
  dialect: {
    error: () => ({ status: 500, headers: { 'content-type': 'text/plain' }, body: 'Internal Server Error\n' }),
    tooMany: () => ({ status: 429, headers: { 'retry-after': '1' }, body: '' }),
    wrongShape: () => ({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html><body><p>The service is being maintained.</p></body></html>',
    }),
  },
});
process.stdout.write(`DBS Update Service: ${web.url}\n`);
untilStopped(web.close);
