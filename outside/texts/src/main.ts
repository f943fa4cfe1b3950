import { join } from 'node:path';
import {
  environment,
  required,
  secretOf,
  serve,
  untilStopped,
  wholeNumber,
  type Dialect,
} from '../../wire/src/index.js';
import { failure, notifyRoutes } from './api.js';
import { apiKey } from './key.js';
import { Limits } from './limits.js';
import { Outbox } from './outbox.js';
import { outboxRoutes } from './pages.js';
import { Receipts } from './receipts.js';
import { templatesFrom } from './templates.js';

const { port, host, dataDir, origin } = environment();
required('API_KEY_FILE');
const perMinute = wholeNumber('RATE_PER_MINUTE', 3_000);
const perDay = wholeNumber('RATE_PER_DAY', 250_000);
const pace = { sendingMs: wholeNumber('SENDING_MS', 50), deliveredMs: wholeNumber('DELIVERED_MS', 400) };

const dialect: Dialect = {
  error: () => failure(500, 'Exception', 'Internal server error'),
  tooMany: () =>
    failure(429, 'RateLimitError', `Exceeded rate limit for key type LIVE of ${perMinute} requests per 60 seconds`),
  wrongShape: () => ({ status: 200, body: { unexpected: true } }),
};

const outbox = new Outbox(join(dataDir, 'texts'));
await outbox.load();
const receipts = new Receipts({
  url: process.env.RECEIPT_URL || null,
  token: secretOf('RECEIPT_TOKEN_FILE'),
  outbox,
  pace,
  retryMs: wholeNumber('RECEIPT_RETRY_MS', 300_000),
});
const web = await serve({
  port,
  host,
  dialect,
  maxBody: 8_000_000,
  stats: () => ({ ...outbox.counts(['sms', 'email', 'letter']), receipts: receipts.counts }),
  routes: [
    ...notifyRoutes({
      key: apiKey(secretOf('API_KEY_FILE')!),
      limits: new Limits(perMinute, perDay),
      perMinute,
      perDay,
      templates: templatesFrom(process.env.TEMPLATES_FILE),
      outbox,
      pace,
      origin,
      accepted: (notification) => receipts.expect(notification),
    }),
    ...outboxRoutes(outbox, pace, origin),
  ],
});
receipts.resume();
process.stdout.write(`texts and letters: ${web.url}, caught at ${origin}/dev/texts and ${origin}/dev/letters\n`);
untilStopped(
  () => receipts.stop(),
  web.close,
  () => outbox.close(),
);
