import { readFileSync } from 'node:fs';
import { Front, type FrontConfig } from './front.js';

/** FRONT_CONFIG names a JSON file with the configuration; SIGHUP reads it again. */
const read = (): FrontConfig => JSON.parse(readFileSync(process.env.FRONT_CONFIG!, 'utf8')) as FrontConfig;

const front = new Front(read());
process.on('SIGHUP', () => front.configure(read()));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void front.close().then(() => process.exit(0)));
}
front.server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
front.server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1');
