import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchJars } from '../deploy/local/jars.js';
import { grantRights, prepareKafka } from '../deploy/local/parts/kafka.js';
import { preparePostgres } from '../deploy/local/parts/postgres.js';
import { prepareRedis } from '../deploy/local/parts/redis.js';
import { Ports } from '../deploy/local/ports.js';
import {
  type Identity,
  type Launch,
  endProcess,
  identify,
  isAlive,
  launch,
  readyOrDead,
} from '../deploy/local/processes.js';

/** What a spec with real servers is told, as JSON in the file that MUSTER_TEST_SERVICES names. */
export interface TestServices {
  postgres: { url: string };
  redis: { url: string; users: Record<string, string> };
  kafka: { brokers: string[]; users: Record<string, string> };
}

const APPS = ['intake', 'vetting', 'matching', 'notification', 'coordination', 'operations'];
const root = fileURLToPath(new URL('..', import.meta.url));
const secret = () => randomBytes(18).toString('base64url');

/** Postgres is asked to quit at once, because its own children are its to end; the others have none. */
type Recorded = Identity & { signal: NodeJS.Signals };

export interface RunningServices {
  services: TestServices;
  file: string;
  stop(): Promise<void>;
}

/** Ends and deletes what a test run left behind that was killed before it could tidy up. */
const tidyUpAfterOthers = async (folder: string): Promise<void> => {
  for (const name of existsSync(folder) ? readdirSync(folder).filter((it) => it.startsWith('test-services-')) : []) {
    const record = join(folder, name, 'processes.json');
    if (!existsSync(record)) continue;
    const left = JSON.parse(readFileSync(record, 'utf8')) as { starter: Identity; parts: Recorded[] };
    if (isAlive(left.starter)) continue;
    await Promise.all(left.parts.map((it) => endProcess(it, it.signal, 5_000)));
    rmSync(join(folder, name), { recursive: true, force: true });
  }
};

/** Starts Postgres, Redis and Kafka for tests, on ports of their own and without waiting for the disk. */
export const startServices = async (home: string): Promise<RunningServices> => {
  const record = join(home, 'processes.json');
  const starter = identify(process.pid);
  mkdirSync(join(home, 'logs'), { recursive: true, mode: 0o700 });
  const ports = new Ports({}, 20_000 + Math.floor(Math.random() * 20_000));
  const log = (name: string) => join(home, 'logs', `${name}.log`);
  const users = Object.fromEntries(['admin', 'broker', ...APPS].map((user) => [user, secret()]));
  const redisUsers = Object.fromEntries(['admin', ...APPS].map((user) => [user, secret()]));
  const postgresPort = await ports.of('postgres');
  const redisPort = await ports.of('redis');
  const node = { id: 1, name: 'kafka', port: await ports.of('kafka'), controllerPort: await ports.of('controller') };
  const jars = fetchJars(root, () => {});
  const started: Recorded[] = [];
  const run = async (part: Launch) => {
    const child = launch(part);
    started.push({ ...identify(child.pid!), signal: part.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL' });
    writeFileSync(record, JSON.stringify({ starter, parts: started }), { mode: 0o600 });
    await readyOrDead(child, part);
  };
  const stop = async () => {
    await Promise.all(started.map((it) => endProcess(it, it.signal, 5_000)));
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const [postgres, redis] = await Promise.all([
      preparePostgres({
        dataDir: join(home, 'postgres'),
        port: postgresPort,
        password: secret(),
        log: log('postgres'),
        durable: false,
      }),
      prepareRedis({
        folder: join(home, 'redis'),
        parts: join(root, '.parts'),
        jars: () => jars,
        port: redisPort,
        users: redisUsers,
        log: log('redis'),
      }),
    ]);
    const kafka = async () => {
      const setup = {
        folder: join(home, 'kafka'),
        jars: await jars,
        log4j: join(root, 'deploy/local/jars/log4j2.xml'),
        clusterId: randomBytes(16).toString('base64url'),
        nodes: [node],
        users,
        logOf: log,
      };
      await run(await prepareKafka(setup, 1));
      await grantRights([`127.0.0.1:${node.port}`], users, APPS);
    };
    await Promise.all([run(postgres), run(redis), kafka()]);
    const services: TestServices = {
      postgres: { url: postgres.url },
      redis: { url: redis.url, users: redisUsers },
      kafka: { brokers: [`127.0.0.1:${node.port}`], users },
    };
    const file = join(home, 'services.json');
    writeFileSync(file, JSON.stringify(services, null, 2), { mode: 0o600 });
    return { services, file, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

let running: RunningServices | null = null;

/** Jest's globalSetup; workers inherit the environment. A set that is running already is used and left alone. */
export default async function setup(): Promise<void> {
  if (process.env.MUSTER_TEST_SERVICES) return;
  const folder = process.env.MUSTER_HOME ?? join(root, '.local');
  await tidyUpAfterOthers(folder);
  running = await startServices(join(folder, `test-services-${process.pid}`));
  process.env.MUSTER_TEST_SERVICES = running.file;
}

export const stopServices = async (): Promise<void> => {
  await running?.stop();
  running = null;
};
