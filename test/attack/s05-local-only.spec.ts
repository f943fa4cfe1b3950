import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { call } from '../e2e/people.js';
import { home, root, stack } from './stack.js';

jest.setTimeout(480_000);

const folder = mkdtempSync(join(tmpdir(), 'muster-production-'));
const secrets = join(folder, 'operations');
beforeAll(() => {
  cpSync(join(home, 'secrets/operations'), secrets, { recursive: true });
  rmSync(join(secrets, 'made-for-local'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What an operator of a real installation would set; nothing here is forbidden. */
const production = (): Record<string, string> => ({
  ...{ PATH: process.env.PATH ?? '', PORT: '0', ADMIN_PORT: '0', HOST: '127.0.0.1', SECRETS_DIR: secrets },
  ...{ MUSTER_ORIGIN: 'https://muster.example', OIDC_ISSUER: 'https://id.example' },
  ...{ KAFKA_MECHANISM: 'scram-sha-512', KAFKA_TLS: 'true', KAFKA_BROKERS: 'kafka.example:9093' },
  ...{ COORDINATION_ADMIN_URL: 'https://coordination.example', OPERATOR_URLS: 'intake=https://intake.example' },
});

interface Boot {
  readonly app: string;
  readonly change: Record<string, string>;
}
/** How the built apps refuse to start, each with its own environment; null is one that started. */
const boot = async (boots: readonly Boot[]): Promise<readonly (string | null)[]> => {
  const { said } = await run([join(root, 'test/attack/boot-as-production.mjs'), root], {
    input: JSON.stringify(boots),
  });
  return JSON.parse(said) as (string | null)[];
};

const run = (
  args: readonly string[],
  { input = '', change = {} }: { input?: string; change?: Record<string, string> } = {},
): Promise<{ code: number | null; said: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder, env: { ...production(), ...change } });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdin.end(input);
    // Whoever stays up did not refuse.
    const tooLong = setTimeout(() => child.kill('SIGKILL'), 200_000);
    child.once('close', (code) => {
      clearTimeout(tooLong);
      resolve({ code, said });
    });
  });

const FORBIDDEN: readonly (readonly [what: string, change: Record<string, string>, says: RegExp])[] = [
  ['a sign-in on this machine', { OIDC_ISSUER: 'https://localhost/x' }, /OIDC_ISSUER is on this machine/],
  ['this machine spelt with a dot', { OIDC_ISSUER: 'https://localhost./x' }, /OIDC_ISSUER is on this machine/],
  ['this machine as an IPv6 address', { OIDC_ISSUER: 'https://[::ffff:127.0.0.1]/' }, /OIDC_ISSUER is on this machine/],
  ['this machine as one number', { OIDC_ISSUER: 'https://2130706433/' }, /OIDC_ISSUER is on this machine/],
  ['a sign-in without TLS', { OIDC_ISSUER: 'http://id.example' }, /OIDC_ISSUER must be https/],
  ['the one-click sign-in', { OIDC_ISSUER: 'https://muster.example/dev/sign-in' }, /door of the local stack/],
  ['the mail catcher', { SMTP_URL: 'smtps://127.0.0.1:1025' }, /SMTP_URL is a catcher/],
  ['the simulated register', { DBS_URL: 'http://127.0.0.1:7000' }, /DBS_URL/],
  ['the simulated identity provider', { IDENTITY_URL: 'https://[::1]:7000' }, /IDENTITY_URL is on this machine/],
  ['texts that stay here', { NOTIFY_URL: 'https://localhost:7001' }, /NOTIFY_URL is on this machine/],
  ['the clock that can be moved', { CLOCK_FILE: join(folder, 'clock.json') }, /CLOCK_FILE/],
  [
    'secrets of the local stack',
    { SECRETS_DIR: join(home, 'secrets/operations') },
    /secrets that the local stack made/,
  ],
];

describe('S5 What only the local stack has ships', () => {
  test('the production build refuses each of it', async () => {
    const app = 'operations';
    const [nothing, ...each] = await boot([
      // With nothing forbidden it gets as far as its secrets, which this folder does not hold.
      { app, change: { SECRETS_DIR: folder } },
      ...FORBIDDEN.map(([, change]) => ({ app, change })),
    ]);
    expect(nothing).toMatch(/^Error: the secret .* is missing/);
    expect(each).toHaveLength(FORBIDDEN.length);
    for (const [n, [what, , says]] of FORBIDDEN.entries())
      expect([what, each[n]]).toEqual([what, expect.stringMatching(says)]);
  });

  test('an app that is told nothing runs as production, and refuses all of the local stack at once', async () => {
    const local = {
      ...{ MUSTER_ORIGIN: stack().origin, OIDC_ISSUER: stack().signIn.issuer, CLOCK_FILE: join(home, 'clock.json') },
      ...{ SMTP_URL: `smtp://${new URL(stack().providers['texts']!.url).host}`, KAFKA_TLS: '', KAFKA_MECHANISM: '' },
      ...{ DBS_URL: stack().providers['dbs']!.url, IDENTITY_URL: stack().providers['identity']!.url },
    };
    const apps = Object.keys(stack().apps);
    const refusals = await boot(
      apps.map((app) => ({ app, change: { ...local, SECRETS_DIR: join(home, 'secrets', app) } })),
    );
    const names = ['OIDC_ISSUER', 'MUSTER_ORIGIN', 'SMTP_URL', 'DBS_URL', 'IDENTITY_URL', 'CLOCK_FILE', 'KAFKA_TLS'];
    for (const [n, app] of apps.entries())
      for (const name of [...names, 'KAFKA_MECHANISM', 'secrets that the local stack made'])
        expect([app, refusals[n]]).toEqual([app, expect.stringContaining(name)]);
  });

  test('the program of an app ends with an error then, and says why', async () => {
    const main = join(root, 'dist/apps/operations/src/main.js');
    const { code, said } = await run([main], { change: { SECRETS_DIR: join(home, 'secrets/operations') } });
    expect(code).toBe(1);
    expect(said).toContain('secrets that the local stack made');
  });

  test('no app answers at /dev, not even on its own port', async () => {
    for (const [instance] of Object.values(stack().apps))
      for (const path of ['/dev/mail', '/dev/sign-in', '/dev/identity', '/dev-token', '/dev/clock'])
        expect([path, (await call('GET', `${instance!.url}${path}`)).status]).toEqual([path, 404]);
    for (const path of ['/dev', '/dev/', '/dev/clock', '/dev/nonsense'])
      expect([path, (await call('GET', path)).status]).toEqual([path, 404]);
  });

  test('the image of an app holds neither the servers that play the outside world nor the local stack', () => {
    const recipe = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8');
    const copied = recipe.split('\n').filter((line) => line.startsWith('COPY') && /dist/.test(line));
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((line) => /outside|deploy\/local|tools|test/.test(line))).toEqual([]);
    const inside = ['apps', 'libs'].flatMap((top) =>
      readdirSync(join(root, 'dist', top), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.js'))
        .map((name) => join(root, 'dist', top, name)),
    );
    expect(inside.length).toBeGreaterThan(200);
    const reaching = inside.filter((file) =>
      /from '[^']*(\/outside\/|\/deploy\/local\/)/.test(readFileSync(file, 'utf8')),
    );
    expect(reaching).toEqual([]);
  });

  test('the local stack listens on this machine alone', async () => {
    const { ports } = JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8')) as {
      ports: Record<string, number>;
    };
    const outer = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter((it) => !it.internal && it.family === 'IPv4');
    const open = outer.flatMap(({ address }) =>
      Object.entries(ports).map(async ([name, port]) => ((await reaches(address, port)) ? [name, address, port] : [])),
    );
    expect((await Promise.all(open)).flat()).toEqual([]);
    expect(await reaches('127.0.0.1', ports['origin']!)).toBe(true);
  });
});

const reaches = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const over = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', over(true)).once('error', over(false)).once('timeout', over(false));
  });
