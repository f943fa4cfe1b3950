import { mkdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { NICENESS, type AppName } from '../../apps.js';
import { type Launch, until } from '../processes.js';

/** 200 from this address, or an error that says what came instead. */
export const answers200 = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: 3_000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`${url} answers ${response.statusCode}`));
    });
    request.on('timeout', () => request.destroy(new Error(`${url} does not answer`)));
    request.on('error', reject);
  });

/**
 * Batches live longer than V8's standard nursery holds them: with room for 32 MB they are not copied again and again.
 * And the old heap may grow by seven tenths between collections, not fourfold: 340 MB at most for an app over 100,000
 * applicants, where 528 were seen after 10,000, for a twentieth more CPU. A start is not to pay for that: it needs less
 * than 128 MB.
 */
const APP_FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=32',
  '--heap-growing-percent=70',
  '--initial-old-space-size=128',
];

/** How long a Node process of ours may take until it answers; two cores may have six of them to start. */
const READY_WITHIN_MS = 180_000;

/** What every Node child gets of our own environment: nothing but where programs are and the zone of the clock. */
export const bareEnvironment = (): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '/',
  ...(process.env.TZ ? { TZ: process.env.TZ } : {}),
});

export const prepareApp = (o: {
  app: AppName;
  name: string;
  dist: string;
  secrets: string;
  port: number;
  adminPort: number;
  log: string;
  environment: Record<string, string>;
}): Launch => ({
  name: o.name,
  command: process.execPath,
  args: [...APP_FLAGS, join(o.dist, `apps/${o.app}/src/main.js`)],
  cwd: o.dist,
  env: {
    ...bareEnvironment(),
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    MUSTER_ENV: 'local',
    HOST: '127.0.0.1',
    PORT: String(o.port),
    ADMIN_PORT: String(o.adminPort),
    SECRETS_DIR: join(o.secrets, o.app),
    // Compiling is a good part of a start; the next build clears it away with the code.
    NODE_COMPILE_CACHE: join(o.dist, '.compiled'),
    ...o.environment,
  },
  log: o.log,
  niceness: NICENESS[o.app],
  stopWithinMs: 15_000,
  ready: () => until(() => answers200(`http://127.0.0.1:${o.adminPort}/readyz`), READY_WITHIN_MS, 100),
});

/** One of the servers that play the outside world. */
export const prepareOutside = (o: {
  name: string;
  dist: string;
  port: number;
  dataDir: string;
  log: string;
  environment: Record<string, string>;
}): Launch => {
  mkdirSync(o.dataDir, { recursive: true, mode: 0o700 });
  return {
    name: o.name,
    command: process.execPath,
    args: ['--enable-source-maps', join(o.dist, `outside/${o.name}/src/main.js`)],
    cwd: o.dist,
    env: { ...bareEnvironment(), HOST: '127.0.0.1', PORT: String(o.port), DATA_DIR: o.dataDir, ...o.environment },
    log: o.log,
    niceness: 8,
    stopWithinMs: 5_000,
    ready: () => until(() => answers200(`http://127.0.0.1:${o.port}/health`), READY_WITHIN_MS, 100),
  };
};

export const prepareFront = (o: {
  dist: string;
  port: number;
  config: string;
  taken: string;
  log: string;
  host: string;
}): Launch => ({
  name: 'front',
  command: process.execPath,
  args: ['--enable-source-maps', join(o.dist, 'deploy/front/main.js')],
  cwd: o.dist,
  env: { ...bareEnvironment(), HOST: '127.0.0.1', PORT: String(o.port), FRONT_CONFIG: o.config, FRONT_TAKEN: o.taken },
  log: o.log,
  stopWithinMs: 5_000,
  // It answers 404 to its own name on a closed path as soon as it listens.
  ready: () => until(() => answersAs(o.port, o.host), READY_WITHIN_MS, 50),
});

const answersAs = (port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/livez', headers: { host }, agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      if (response.statusCode === 404) resolve();
      else reject(new Error(`the front answers ${response.statusCode}`));
    }).on('error', reject);
  });
