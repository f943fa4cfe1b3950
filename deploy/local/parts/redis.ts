import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { namesIn, unzipOne, writeExecutable } from '../jars.js';
import { StackProblem } from '../problem.js';
import { type Launch, until } from '../processes.js';

const run = promisify(execFile);

export interface RedisPart extends Launch {
  url: string;
  urlOf(user: string): string;
}

/** Whether this `redis-server --version` line names 6.2 or later, which the queues need. */
export const isRecentEnough = (version: string): boolean => {
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2);
};

/** The file in the archive that is the server of this platform. */
export const serverIn = (names: string[], platform: string, arch: string): string | undefined => {
  const suffix = `-${platform}-${arch === 'x64' ? 'amd64' : arch}`;
  return names.find((name) => name.startsWith('redis-server-') && name.endsWith(suffix));
};

const findServer = async (parts: string, jars: () => Promise<string>): Promise<string> => {
  const onPath = await run('redis-server', ['--version']).catch(() => null);
  if (onPath && isRecentEnough(onPath.stdout)) return 'redis-server';
  const archive = await readFile(join(await jars(), 'embedded-redis-1.4.3.jar'));
  const name = serverIn(namesIn(archive), process.platform, process.arch);
  if (!name)
    throw new StackProblem(
      `There is no Redis for ${process.platform} on ${process.arch}; install redis-server 6.2 or later.`,
    );
  const file = join(parts, 'redis-server');
  if (!existsSync(file)) await writeExecutable(file, unzipOne(archive, name));
  await run(file, ['--version']).catch((error: Error & { stderr?: string }) => {
    const why = (error.stderr ?? error.message).trim().split('\n')[0];
    throw new StackProblem(`The Redis that came along does not run here (${why}); install redis-server 6.2 or later.`);
  });
  return file;
};

const hash = (password: string): string => `#${createHash('sha256').update(password).digest('hex')}`;

/** What an app may do with its own keys. */
const WORK = '+@all -@admin -@dangerous +info +client|setname +client|list';
/** Looking alone: bull-board's getters are scripts, and a script may no more than whoever calls it. */
const LOOK = '+@read -@dangerous +eval +evalsha +script|load +ping +info +client|setname +client|list';

/** Each app reaches the keys and channels that begin with its own name; operations has none and reads what the queues of all hold. */
export const accessRules = (users: Record<string, string>): string => {
  const apps = Object.keys(users).filter((user) => user !== 'admin');
  // Redis 6.2 gives a new user all channels, and then refuses to narrow them.
  const own = (app: string) => `~${app}:* ~{${app}}:* resetchannels &${app}:* &{${app}}:*`;
  const all = `${apps.map((app) => `~${app}:*`).join(' ')} resetchannels`;
  return [
    'user default off resetpass',
    `user admin on ${hash(users.admin!)} ~* &* +@all`,
    ...apps.map((app) => {
      const may = app === 'operations' ? `${all} ${LOOK}` : `${own(app)} ${WORK}`;
      return `user ${app} on ${hash(users[app]!)} ${may}`;
    }),
    '',
  ].join('\n');
};

export const prepareRedis = async (o: {
  folder: string;
  parts: string;
  jars: () => Promise<string>;
  port: number;
  /** Name to password; one of them is `admin`. */
  users: Record<string, string>;
  log: string;
}): Promise<RedisPart> => {
  const { folder, port, users, log } = o;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(o.parts, { recursive: true });
  const command = await findServer(o.parts, o.jars);
  await writeFile(join(folder, 'users.acl'), accessRules(users), { mode: 0o600 });
  await writeFile(
    join(folder, 'redis.conf'),
    `bind 127.0.0.1
port ${port}
protected-mode yes
daemonize no
dir ${folder}
aclfile ${join(folder, 'users.acl')}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
tcp-keepalive 30
`,
    { mode: 0o600 },
  );
  const urlOf = (user: string) => `redis://${user}:${users[user]}@127.0.0.1:${port}/0`;
  return {
    name: 'redis',
    url: urlOf('admin'),
    urlOf,
    command,
    args: [join(folder, 'redis.conf')],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
    log,
    stopSignal: 'SIGTERM',
    remedy: `If its data is damaged, delete ${folder} and start again: the queues are filled anew from the database.`,
    ready: () => until(() => answers(urlOf('admin')), 30_000),
  };
};

const answers = async (url: string): Promise<void> => {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
};
