import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { APPS, COMPARTMENTS } from '../apps.js';
import { OUTSIDE } from '../local/outside.js';
import { configuration } from '../local/parts/postgres.js';
import { prepare } from './prepare.js';

interface Service {
  image?: string;
  build?: { dockerfile: string; target: string };
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
  volumes?: (string | { source: string; target: string; read_only?: boolean; volume?: { subpath: string } })[];
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, null>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = parse(text('docker-compose.yml'), { merge: true, strict: true }) as Compose;
const services = Object.entries(compose.services);
const prometheus = parse(text('deploy/prometheus/prometheus.yml')) as {
  scrape_configs: { static_configs: { targets: string[] }[] }[];
};

const folder = mkdtempSync(join(tmpdir(), 'muster-compose-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
prepare(folder, { origin: compose.services.intake!.environment!.MUSTER_ORIGIN! });

describe('docker-compose.yml', () => {
  test('has the six apps, their servers, the outside world and what watches them', () => {
    const wanted = [
      ...APPS,
      ...OUTSIDE,
      'postgres',
      'redis',
      'kafka',
      'front',
      'prepare',
      'migrate',
      'prometheus',
      'grafana',
    ];
    expect(Object.keys(compose.services).sort()).toEqual([...wanted].sort());
  });

  test.each(services.filter(([, it]) => it.command?.[0]?.startsWith('dist/')))(
    '%s starts a file that the build makes',
    (_, { command }) => {
      expect(existsSync(join(root, command![0]!.replace(/^dist\//, '').replace(/\.js$/, '.ts')))).toBe(true);
    },
  );

  test('each app has its own name at Kafka and its own secrets, and no other', () => {
    for (const app of APPS) {
      const { environment, volumes } = compose.services[app]!;
      expect(environment!.KAFKA_USERNAME).toBe(app);
      expect(volumes).toEqual([
        expect.objectContaining({ target: '/run/muster', read_only: true, volume: { subpath: `secrets/${app}` } }),
      ]);
    }
  });

  test('what waits for the health of another waits for one that says it', () => {
    for (const [name, { depends_on = {} }] of services)
      for (const [other, { condition }] of Object.entries(depends_on))
        if (condition === 'service_healthy')
          expect([name, other, compose.services[other]!.healthcheck?.test[0]]).toEqual([
            name,
            other,
            expect.stringMatching(/^CMD/),
          ]);
    for (const name of [...APPS, ...OUTSIDE, 'front', 'postgres', 'redis', 'kafka'])
      expect([name, compose.services[name]!.healthcheck]).toEqual([name, expect.anything()]);
  });

  test('its database logs no more of what statements hold than the local one', () => {
    const quiet = configuration(5432, true).match(/^log_(parameter|min_error)\w* = \S+/gm)!;
    expect(quiet).toHaveLength(3);
    for (const line of quiet) expect(compose.services.postgres!.command).toContain(line.replaceAll(' ', ''));
  });

  test('nothing secret stands in it', () => {
    const values = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    expect(
      values.filter(([name]) => /PASSWORD|SECRET|KEY|TOKEN/.test(name) && !/_FILE$|__FILE$|SECRETS_DIR/.test(name)),
    ).toEqual([]);
  });

  test('only the origin and Grafana are published, on the loopback', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published).toEqual([
      ['front', '127.0.0.1:4300:4300'],
      ['grafana', '127.0.0.1:4301:3000'],
    ]);
  });

  test('every service, volume and file that is named exists', () => {
    for (const [, { depends_on = {}, volumes = [], build, command = [] }] of services) {
      for (const other of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(other);
      for (const it of volumes) {
        const source = typeof it === 'string' ? it.split(':')[0]! : it.source;
        if (source.startsWith('./')) expect([source, existsSync(join(root, source))]).toEqual([source, true]);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
      if (build) expect(text(build.dockerfile)).toContain(` AS ${build.target}\n`);
      expect(command.every((word) => typeof word === 'string')).toBe(true);
    }
  });

  test('what prepare makes is what the services mount', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const it of volumes) {
        if (typeof it === 'string' || it.source !== 'muster') continue;
        expect([name, existsSync(join(folder, it.volume!.subpath))]).toEqual([name, true]);
      }
    }
    for (const app of APPS) {
      const keys = existsSync(join(folder, 'secrets', app, 'keys'))
        ? readdirSync(join(folder, 'secrets', app, 'keys'))
        : [];
      expect(keys.sort()).toEqual(COMPARTMENTS[app].map((it) => `${it}.json`).sort());
    }
    expect(statSync(join(folder, 'kafka/server.properties')).mode & 0o777).toBe(0o600);
  });

  test('the front knows where every app is', () => {
    const front = JSON.parse(readFileSync(join(folder, 'front/front.json'), 'utf8')) as {
      hosts: string[];
      routes: { routes: { app: string }[] };
      targets: Record<string, string[]>;
    };
    expect(front.hosts).toEqual(['muster.localhost:4300']);
    for (const { app } of front.routes.routes) expect(front.targets[app]).toEqual([`http://${app}:4000`]);
  });

  test('prepared twice it is the same', () => {
    const before = readFileSync(join(folder, 'secrets/intake/database-url'), 'utf8');
    prepare(folder, { origin: 'http://muster.localhost:4300' });
    expect(readFileSync(join(folder, 'secrets/intake/database-url'), 'utf8')).toBe(before);
  });
});

describe('what watches', () => {
  test('Prometheus asks every app on its second listener', () => {
    expect(prometheus.scrape_configs[0]!.static_configs[0]!.targets.sort()).toEqual(
      APPS.map((app) => `${app}:4001`).sort(),
    );
  });

  test('every number on the dashboard is one that some code counts', () => {
    const board = JSON.parse(text('deploy/grafana/dashboards/muster.json')) as {
      panels: { targets: { expr: string }[] }[];
    };
    const names = board.panels.flatMap((panel) =>
      panel.targets.flatMap(({ expr }) => expr.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? []),
    );
    const code = ['libs', 'apps'].flatMap((top) =>
      readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
        .map((path) => text(join(top, path))),
    );
    const counted = (name: string) => name.startsWith('process_') || code.some((file) => file.includes(`'${name}'`));
    expect([...new Set(names)].filter((name) => !counted(name))).toEqual([]);
  });
});

test('the image of the apps holds neither the local stack nor the outside world', () => {
  const app = text('deploy/Dockerfile')
    .split(/^FROM .* AS /m)
    .find((stage) => stage.startsWith('app\n'))!;
  expect(app).not.toMatch(/COPY.*dist\/outside|COPY.*\.parts|COPY \. \./);
  expect(app).toContain('rm -rf dist/deploy/local');
  expect(text('deploy/Dockerfile')).toContain('npm ci --omit=dev');
  const { dependencies } = JSON.parse(text('package.json')) as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies).filter((name) => /embedded|smtp-server|oidc-provider/.test(name))).toEqual([]);
});
