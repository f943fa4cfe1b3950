import { join } from 'node:path';
import { environment, serve, untilStopped, wholeNumber, type Dialect } from '../../wire/src/index.js';
import { Inbox } from './inbox.js';
import { inboxRoutes } from './pages.js';
import { catchMail } from './smtp.js';

// Faults hit SMTP; the inbox pages always work.
const dialect: Dialect = {
  error: () => ({ status: 500, body: { detail: 'the mail catcher failed' } }),
  tooMany: () => ({ status: 429, body: { detail: 'slow down' } }),
  wrongShape: () => ({ status: 200, body: {} }),
};

const { port, host, dataDir, origin } = environment();
const inbox = new Inbox(join(dataDir, 'mail'));
await inbox.load();
const web = await serve({ port, host, dialect, routes: inboxRoutes(inbox, origin), stats: () => inbox.counts });
const smtp = await catchMail({
  port: wholeNumber('SMTP_PORT'),
  host,
  inbox,
  faults: web.faults,
  counter: web.counter,
});
process.stdout.write(`mail catcher: smtp ${host}:${smtp.port}, inbox ${origin}/dev/mail\n`);
untilStopped(smtp.close, web.close, () => inbox.close());
