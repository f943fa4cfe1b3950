import { readFileSync, writeFileSync } from 'node:fs';
import { Front, type FrontConfig } from './front.js';

const { FRONT_CONFIG, FRONT_TAKEN } = process.env;
/** FRONT_CONFIG names a JSON file with the configuration; SIGHUP reads it again. */
const read = (): FrontConfig => JSON.parse(readFileSync(FRONT_CONFIG!, 'utf8')) as FrontConfig;
/** FRONT_TAKEN, where it is named, then says the number of the configuration by which requests are sent on. */
const tell = ({ number }: FrontConfig): void => {
  if (FRONT_TAKEN) writeFileSync(FRONT_TAKEN, String(number), { mode: 0o600 });
};

const first = read();
const front = new Front(first);
tell(first);
process.on('SIGHUP', () => {
  const config = read();
  front.configure(config);
  tell(config);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void front.close().then(() => process.exit(0)));
}
front.server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
front.server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1');
