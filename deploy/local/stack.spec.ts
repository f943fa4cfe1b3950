import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { APPS, COMPARTMENTS } from '../apps.js';
import { readArguments } from './arguments.js';
import { movedBy } from './clock.js';
import { leaveHome, supervisorOf, takeHome } from './control.js';
import { Home } from './home.js';
import { jarsAmiss, readDigests } from './jars.js';
import { findAccount } from './parts/account.js';
import { formatting, properties, rulesFor } from './parts/kafka.js';
import { accessRules, isRecentEnough, serverIn } from './parts/redis.js';
import { isFree, nextFree, Ports } from './ports.js';
import { writeSecrets } from './secrets.js';

const folder = mkdtempSync(join(tmpdir(), 'muster-stack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('ports', () => {
  test('a taken port is passed over, a remembered one kept, no port given twice', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    expect(await isFree(port)).toBe(false);
    expect(await nextFree(port, new Set())).toBeGreaterThan(port);
    const ports = new Ports({ kept: await nextFree(port, new Set()), moved: port }, port);
    const kept = ports.remembered.kept;
    expect(await ports.of('kept')).toBe(kept);
    const others = [await ports.of('moved'), await ports.of('new')];
    expect(others).not.toContain(port);
    expect(new Set([kept, ...others]).size).toBe(3);
    await new Promise((resolve) => holder.close(resolve));
  });
});

describe('the command line', () => {
  test('both spellings of a flag', () => {
    expect(readArguments(['up', '--instances', 'intake=2,vetting=3', '--brokers=3'])).toMatchObject({
      words: ['up'],
      instances: { intake: 2, vetting: 3 },
      brokers: 3,
    });
  });
  test.each([
    ['--brokers', '2'],
    ['--profile', 'big'],
    ['--instances', 'intake'],
    ['--instances', 'nobody=2'],
    ['--wrong'],
  ])('%j %j is refused', (...words) => expect(() => readArguments(words as string[])).toThrow());
  test('the clock moves from where it is', () => {
    expect(movedBy(0, '+30d')).toBe(30 * 86_400_000);
    expect(movedBy(86_400_000, '-1h')).toBe(82_800_000);
    expect(movedBy(86_400_000, 'reset')).toBe(0);
    expect(() => movedBy(0, '30')).toThrow();
  });
});

describe('the home', () => {
  test('is closed to others, and its settings stay', () => {
    const home = new Home(join(folder, 'home'));
    home.open();
    expect(statSync(home.path).mode & 0o777).toBe(0o700);
    const settings = home.settings({ brokers: 3 });
    expect(statSync(home.at('settings.json')).mode & 0o777).toBe(0o600);
    expect(home.settings()).toEqual(settings);
    expect(() => home.settings({ brokers: 1 })).toThrow(/reset --brokers 1/);
    expect(() => home.settings({ profile: 'empty' })).toThrow(/reset --profile empty/);
    writeFileSync(home.at('settings.json'), '{"clusterId": "cut o');
    expect(() => home.settings()).toThrow(/settings.json is damaged/);
  });

  test('has one supervisor; the lock of one that was killed is taken over', () => {
    const home = new Home(join(folder, 'taken'));
    home.open();
    expect(takeHome(home)).toBe(true);
    expect(takeHome(home)).toBe(false);
    leaveHome(home);
    writeFileSync(home.at('supervisor.lock'), JSON.stringify({ pid: process.pid, startedAt: 'before the power cut' }));
    expect(takeHome(home)).toBe(true);
    writeFileSync(
      home.at('supervisor.json'),
      JSON.stringify({ pid: process.pid, startedAt: 'before', port: 1, token: '' }),
    );
    expect(supervisorOf(home)).toBeNull();
  });
});

describe('secrets', () => {
  const secrets = join(folder, 'secrets');
  const write = () =>
    writeSecrets(secrets, {
      databaseUrl: (app) => `postgres://${app}`,
      redisUrl: (app) => `redis://${app}`,
      kafkaPassword: (app) => `kafka-${app}`,
      notifyApiKey: 'notify',
      oidcClientSecret: 'oidc',
      receiptToken: 'receipt',
    });
  write();
  const all = (dir: string): string[] =>
    readdirSync(dir, { withFileTypes: true }).flatMap((it) =>
      it.isDirectory() ? all(join(dir, it.name)) : [join(dir, it.name)],
    );

  test('an app holds the keys of its compartments and no other', () => {
    for (const app of APPS) {
      const held = all(join(secrets, app))
        .filter((it) => it.includes('/keys/'))
        .map((it) => it.replace(/.*\/|\.json/g, ''));
      expect(held.sort()).toEqual([...COMPARTMENTS[app]].sort());
    }
  });

  test('a compartment has one key, whoever holds it, and it stays', () => {
    const contact = (app: string) => readFileSync(join(secrets, app, 'keys/contact.json'), 'utf8');
    const before = contact('intake');
    write();
    expect([contact('intake'), contact('notification')]).toEqual([before, before]);
  });

  test('private halves are with coordination and operations alone', () => {
    const withPrivate = all(secrets).filter(
      (it) => it.endsWith('.jwk') && !it.includes('/.master/') && 'd' in JSON.parse(readFileSync(it, 'utf8')),
    );
    expect(withPrivate.map((it) => it.slice(secrets.length + 1)).sort()).toEqual([
      'coordination/session.jwk',
      'operations/operations.jwk',
    ]);
  });

  test('files are for their owner only', () => {
    for (const file of all(secrets)) expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
  });
});

describe('jars', () => {
  test('a missing, an altered and an unknown jar are named', async () => {
    const jars = mkdtempSync(join(folder, 'jars-'));
    for (const name of ['good', 'altered', 'stranger']) writeFileSync(join(jars, `${name}.jar`), name);
    const digests = readDigests(
      [
        '770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c  good.jar',
        `${'0'.repeat(64)}  altered.jar`,
        `${'1'.repeat(64)}  missing.jar`,
        '',
      ].join('\n'),
    );
    expect(await jarsAmiss(jars, digests)).toEqual(['altered.jar', 'missing.jar', 'stranger.jar']);
  });

  test('every artifact of the pom is on the list of digests', () => {
    const digests = readDigests(readFileSync(new URL('./jars/jars.sha256', import.meta.url), 'utf8'));
    const pom = readFileSync(new URL('./jars/pom.xml', import.meta.url), 'utf8');
    for (const [, artifact, version] of pom.matchAll(/<artifactId>([^<*]+)<\/artifactId>\s*<version>([^<]+)</g)) {
      if (artifact !== 'parts') expect([...digests.keys()]).toContain(`${artifact}-${version}.jar`);
    }
    expect([...digests.values()].every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
  });
});

describe('parts', () => {
  test('Redis before 6.2 is not taken', () => {
    expect(['v=6.0.16', 'v=5.0.14', 'nonsense', 'v=6.2.11', 'v=7.0.15', 'v=8.0.0'].map(isRecentEnough)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  test('the server of this platform is found in the archive', () => {
    const names = [
      'redis-server-6.2.6-v5-darwin-arm64',
      'redis-server-6.2.6-v5-linux-amd64',
      'redis-server-6.2.7-linux-386',
    ];
    expect(serverIn(names, 'linux', 'x64')).toBe('redis-server-6.2.6-v5-linux-amd64');
    expect(serverIn(names, 'darwin', 'arm64')).toBe('redis-server-6.2.6-v5-darwin-arm64');
    expect(serverIn(names, 'linux', 'arm64')).toBeUndefined();
  });

  test('no password stands in the rules of Redis, and nobody reaches others’ keys', () => {
    const rules = accessRules({ admin: 'geheim-a', vetting: 'geheim-v', operations: 'geheim-o' });
    expect(rules).not.toContain('geheim');
    const vetting = rules.split('\n').find((line) => line.startsWith('user vetting'))!;
    expect(vetting.match(/[~&]\S+/g)).toEqual(['~vetting:*', '~{vetting}:*', '&vetting:*', '&{vetting}:*']);
    expect(vetting).toContain('-@dangerous');
    expect(rules).toContain('user default off');
  });

  test('an app may write to its own topics and to no other', () => {
    const writes = rulesFor(['vetting', 'matching']).filter((rule) => rule.operation === 4);
    expect(writes.map((rule) => [rule.principal, rule.resourceName, rule.resourcePatternType])).toEqual([
      ['User:vetting', 'vetting.', 4],
      ['User:matching', 'matching.', 4],
    ]);
  });

  test('three brokers keep three copies and need two', () => {
    const nodes = [1, 2, 3].map((id) => ({ id, name: `kafka-${id}`, port: 9000 + id, controllerPort: 9100 + id }));
    const setup = {
      folder: '/x',
      jars: '/j',
      log4j: '/l',
      clusterId: 'c',
      nodes,
      users: { broker: 'b', admin: 'a' },
      logOf: () => '',
    };
    const text = properties(setup, nodes[1]!);
    expect(text).toContain('node.id=2');
    expect(text).toContain('controller.quorum.voters=1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103');
    expect(text).toContain('min.insync.replicas=2');
    expect(text).toContain('allow.everyone.if.no.acl.found=false');
    expect(properties({ ...setup, nodes: [nodes[0]!] }, nodes[0]!)).toContain('offsets.topic.replication.factor=1');
  });

  test('a cluster whose id begins with a dash can be formatted', () => {
    expect(formatting('-fgyhC62', '/x')).toContain('--cluster-id=-fgyhC62');
  });

  test('the account to run as is the first that exists', () => {
    const passwd = 'root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n';
    expect(findAccount(passwd, ['postgres', 'daemon'])).toEqual({ uid: 101, gid: 104 });
    expect(findAccount(passwd, ['_postgres', 'daemon'])).toEqual({ uid: 1, gid: 1 });
    expect(findAccount(passwd, ['nobody-here'])).toBeNull();
  });
});

test('what is not a zip archive is not read as one', async () => {
  const { unzipOne } = await import('./jars.js');
  expect(() => unzipOne(gzipSync('hello'), 'x')).toThrow(/zip/);
});
