import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Routes } from '../front/routing.js';
import { APPS } from '../apps.js';
import { Home, writePrivate } from '../local/home.js';
import { properties, rulesFor } from '../local/parts/kafka.js';
import { accessRules } from '../local/parts/redis.js';
import { writeSecrets } from '../local/secrets.js';

/**
 * Runs once before everything else in docker-compose.yml: makes the secrets and the servers' configuration in the volume
 * /run/muster, of which each container mounts its own folder. Run again it changes nothing.
 */
const POSTGRES_UID = 999;
const volume = process.argv[2] ?? '/run/muster';
const origin = process.env.MUSTER_ORIGIN ?? 'http://muster.localhost:4300';

export const prepare = (folder: string, o: { origin: string; postgresUid?: number }): void => {
  const home = new Home(folder);
  home.open();
  const settings = home.settings();
  const file = (path: string, text: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true, mode: 0o700 });
    writePrivate(join(folder, path), text);
  };
  writeSecrets(join(folder, 'secrets'), {
    databaseUrl: (app) => `postgres://${app}:${settings.postgres[app]}@postgres:5432/muster`,
    redisUrl: (app) => `redis://${app}:${settings.redis[app]}@redis:6379/0`,
    kafkaPassword: (app) => settings.kafka[app]!,
    notifyApiKey: settings.notifyApiKey,
    oidcClientSecret: settings.oidcClientSecret,
    receiptToken: settings.receiptToken,
  });
  file('postgres/password', settings.postgres.administrator!);
  if (o.postgresUid !== undefined) {
    for (const path of ['postgres', 'postgres/password']) chownSync(join(folder, path), o.postgresUid, o.postgresUid);
  }
  file(
    'migrate/database-admin-url',
    `postgres://muster_administrator:${settings.postgres.administrator}@postgres:5432/muster`,
  );
  file(
    'migrate/app-passwords.json',
    JSON.stringify(Object.fromEntries(APPS.map((app) => [app, settings.postgres[app]]))),
  );
  file('migrate/kafka-password', settings.kafka.admin!);
  file('migrate/kafka-rights.json', JSON.stringify(rulesFor(APPS)));
  file('redis/users.acl', accessRules(settings.redis));
  file(
    'redis/redis.conf',
    'port 6379\naclfile /run/muster/redis/users.acl\nappendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\ndir /data\n',
  );
  const node = { id: 1, name: 'kafka', host: 'kafka', port: 9092, controllerPort: 9093 };
  const setup = {
    folder: '/var/lib/kafka',
    jars: '',
    log4j: '',
    clusterId: settings.clusterId,
    nodes: [node],
    users: settings.kafka,
    logOf: () => '',
  };
  file('kafka/server.properties', properties(setup, node));
  file('kafka/cluster-id', settings.clusterId);
  file('grafana/password', randomBytes(18).toString('base64url'));
  const routes = JSON.parse(readFileSync(new URL('../routes.json', import.meta.url), 'utf8')) as Routes;
  const dev = [
    ...['mail', 'texts', 'sign-in', 'identity'].map((name) => ({ prefix: `/dev/${name}`, app: name })),
    { prefix: '/dev/letters', app: 'texts' },
  ];
  const target = (name: string) => [name, [`http://${name}:4000`]] as const;
  file(
    'front/front.json',
    JSON.stringify({
      origin: o.origin,
      hosts: [new URL(o.origin).host],
      routes: { routes: [...routes.routes, ...dev], closed: routes.closed },
      targets: Object.fromEntries([...APPS, 'mail', 'texts', 'sign-in', 'identity', 'dbs'].map(target)),
    }),
  );
  writeFileSync(join(folder, 'prepared'), '');
};

if (process.argv[1]?.endsWith('prepare.js')) prepare(volume, { origin, postgresUid: POSTGRES_UID });
