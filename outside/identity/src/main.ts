import { join } from 'node:path';
import { environment, secretOf, serve, untilStopped, wholeNumber } from '../../wire/src/index.js';
import { apiRoutes, problem } from './api.js';
import { applicantRoutes } from './pages.js';
import { Results } from './results.js';
import { Sessions } from './sessions.js';

const { port, host, dataDir, origin } = environment();
const sessions = new Sessions(join(dataDir, 'identity'), {
  autoMs: wholeNumber('AUTO_MS', 300),
  lifetimeMs: wholeNumber('SESSION_MS', 7 * 24 * 3600 * 1000),
});
await sessions.load();
const results = await Results.in(dataDir, `${origin}/dev/identity`);
const web = await serve({
  port,
  host,
  dialect: {
    error: () => problem(500, 'internal', 'internal error'),
    tooMany: () => {
      const answer = problem(429, 'too-many-requests', 'slow down');
      return { ...answer, headers: { ...answer.headers, 'retry-after': '1' } };
    },
    wrongShape: () => ({ status: 200, body: { unexpected: true } }),
  },
  stats: () => ({ sessions: sessions.count }),
  routes: [...apiRoutes({ sessions, results, origin, apiKey: secretOf('API_KEY_FILE') }), ...applicantRoutes(sessions)],
});
process.stdout.write(`identity provider: ${web.url}, its page under ${origin}/dev/identity\n`);
untilStopped(web.close, () => sessions.close());
