/**
 * What an account that owns nothing of ours can do, as one line of JSON: attempt → what it got, or the code of its refusal.
 * Modules are loaded first: the clone itself may be closed to others.
 *
 *   node as-nobody.mjs HOME
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import pg from 'pg';

const home = process.argv[2];
const { ports } = JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8'));
const stack = JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8'));
const apps = readdirSync(join(home, 'secrets'));
const pids = [...Object.values(stack.apps).flat(), stack.postgres, stack.redis].map(({ pid }) => pid);

process.setgroups([]);
process.setgid(65534);
process.setuid(65534);

const got = {};
const attempt = async (name, work) => {
  try {
    got[name] = `got ${await work()}`;
  } catch (error) {
    got[name] = error.code ?? error.type ?? error.message;
  }
};
const files = ['stack.json', 'settings.json', 'supervisor.json', 'kafka/1/server.properties', 'redis/users.acl'];
for (const file of [...files, 'redis/appendonly.aof', 'postgres/PG_VERSION', 'logs/intake.log', 'reports/attack.json'])
  await attempt(`read ${file}`, () => readFileSync(join(home, file)).length);
for (const app of apps) {
  await attempt(`list secrets/${app}`, () => readdirSync(join(home, 'secrets', app)).join());
  await attempt(
    `read secrets/${app}/database-url`,
    () => readFileSync(join(home, 'secrets', app, 'database-url')).length,
  );
}
await attempt('list the home', () => readdirSync(home).join());
await attempt('write into the home', () => writeFileSync(join(home, 'planted'), ''));
for (const pid of [...pids, ...stack.kafka.pids])
  await attempt(`environment of ${pid}`, () => readFileSync(`/proc/${pid}/environ`).length);

for (const user of ['postgres', 'muster_administrator', 'nobody', ...apps.filter((app) => /^[a-z]+$/.test(app))]) {
  for (const password of ['', user, 'postgres']) {
    const client = new pg.Client({ host: '127.0.0.1', port: ports.postgres, user, password, database: 'muster' });
    client.on('error', () => {});
    await attempt(`psql as ${user} with "${password}"`, async () => {
      await client.connect();
      return (await client.query('select current_user')).rows[0].current_user;
    });
    await client.end().catch(() => {});
  }
}
for (const [name, auth] of Object.entries({
  'without a password': {},
  'as default': { username: 'default', password: '' },
  'as intake with a guess': { username: 'intake', password: 'intake' },
})) {
  const client = new Redis(ports.redis, '127.0.0.1', { ...auth, retryStrategy: () => null, lazyConnect: true });
  client.on('error', () => {});
  await attempt(`redis-cli ${name}`, async () => {
    await client.connect();
    return client.call('GET', 'intake:x');
  });
  client.disconnect();
}
for (const [name, port] of Object.entries(ports).filter(([it]) => it.startsWith('kafka'))) {
  for (const [who, sasl] of Object.entries({
    'a stranger': undefined,
    'vetting with a guess': { mechanism: 'plain', username: 'vetting', password: 'vetting' },
  })) {
    const kafka = new kafkajs.Kafka({
      brokers: [`127.0.0.1:${port}`],
      sasl,
      connectionTimeout: 3000,
      requestTimeout: 3000,
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
    });
    const producer = kafka.producer();
    await attempt(`produce to ${name} as ${who}`, async () => {
      await producer.connect();
      await producer.send({ topic: 'vetting.application', messages: [{ key: 'k', value: '{}' }] });
    });
    await producer.disconnect().catch(() => {});
    const admin = kafka.admin();
    await attempt(`list topics of ${name} as ${who}`, async () => {
      await admin.connect();
      return (await admin.listTopics()).join();
    });
    await admin.disconnect().catch(() => {});
  }
}
process.stdout.write(`${JSON.stringify(got)}\n`);
process.exit(0);
